/** Repeats an attempt whose failure is transient, with exponential backoff. */
import { cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { RetryPolicy } from "../domain/job.ts";
import type { Clock } from "../ports/clock.ts";

export interface Retrying {
  policy: RetryPolicy;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  signal: AbortSignal;
  /** What is attempted, as errors name it: "Backing up job data". */
  what: string;
  /** Told before each wait. */
  onRetry?: ((failure: { error: HoldfastError; attempt: number; delay: Milliseconds }) => void) | undefined;
}

/**
 * The result of the first attempt that succeeds. Only errors that say they are transient are retried; the last error
 * is thrown as it is. A signal that fires while waiting ends it with the signal's reason, the last error as its cause.
 */
export async function withRetries<T>(attempt: (n: number) => Promise<T>, retrying: Retrying): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!isWorthRetrying(error) || n >= retrying.policy.attempts || retrying.signal.aborted) throw error;
      await pause(error, n, retrying);
    }
  }
}

function isWorthRetrying(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.transient;
}

async function pause(error: HoldfastError, attempt: number, retrying: Retrying): Promise<void> {
  const { clock, signal, onRetry, what } = retrying;
  const delay = delayAfter(attempt, retrying.policy, retrying.random());
  onRetry?.({ error, attempt, delay });
  try {
    await clock.sleep(delay, { signal });
  } catch (stopped) {
    if (!signal.aborted) throw stopped;
    const { code, facts } = cancellation(signal, what);
    const why = `${facts.why} while waiting to try again after: ${messageOf(error)}`;
    throw new HoldfastError(code, { ...facts, why, cause: error });
  }
}

/**
 * Doubles from the initial delay up to the longest; between half and the whole of that, by chance, so that those who
 * failed together do not come back together.
 */
export function delayAfter(attempt: number, policy: RetryPolicy, share: number): Milliseconds {
  const whole = Math.min(policy.maxDelay, policy.initialDelay * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + share / 2));
}
