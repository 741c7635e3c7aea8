/** Waiting between attempts: exponentially longer, with jitter, and as long as the other side asks for. */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface RetryOptions {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** All attempts, the first included. */
  attempts?: number;
  initialDelay?: Milliseconds;
  maxDelay?: Milliseconds;
}

export class Backoff {
  readonly #options: Required<RetryOptions>;

  constructor(options: RetryOptions) {
    this.#options = { attempts: 5, initialDelay: 500, maxDelay: 15_000, ...options };
  }

  /** Returns when it is time for the next attempt; throws the error when there shall be none. */
  async waitOrThrow(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    const { attempts, initialDelay, maxDelay, clock, random } = this.#options;
    const passing = error instanceof HoldfastError && error.transient;
    if (!passing || attempt >= attempts || signal?.aborted === true) throw error;
    const full = Math.min(maxDelay, initialDelay * 2 ** (attempt - 1));
    // Between half and all of it: callers that failed together do not come back together.
    const own = full * (0.5 + random() / 2);
    await sleep(clock, Math.max(own, Math.min(maxDelay, error.facts.retryAfter ?? 0)), signal).catch(
      (interruption: unknown) => {
        throw isTimeout(interruption)
          ? new HoldfastError("timeout", { ...interruption.facts, cause: error })
          : interruption;
      },
    );
  }
}

/** Time is up: then what failed last is why. */
function isTimeout(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.code === "timeout";
}

async function sleep(clock: Clock, duration: Milliseconds, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(duration, { signal });
  } catch (interruption) {
    throw signal?.aborted === true ? cancellation(signal, "Waiting for the other side") : interruption;
  }
}
