/** Work that ends in time, or is told to end: one signal for both ends that a run can meet before its own. */
import { cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { DAY } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface LimitedRun {
  /** As errors name it: "Backing up job data". */
  what: string;
  /** All attempts and the waits between them together. */
  timeout: Milliseconds;
}

/**
 * Settles as the work does, which gets the signal of both ends. Rejects with the reason of the stop, or with a `timeout`, when
 * one of those ended it.
 */
export async function underLimit<T>(
  run: LimitedRun,
  { clock, stop }: { clock: Clock; stop: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new RunLimit(run, clock, stop);
  try {
    return await work(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? endedBy(limit.signal, error, run.what) : error;
  } finally {
    limit.lift();
  }
}

class RunLimit {
  readonly #controller = new AbortController();
  readonly #over = new AbortController();

  constructor(run: LimitedRun, clock: Clock, stop: AbortSignal) {
    const onStop = (): void => this.#controller.abort(cancellation(stop, run.what));
    if (stop.aborted) onStop();
    stop.addEventListener("abort", onStop, { once: true, signal: this.#over.signal });
    sleepLong(clock, run.timeout, this.#over.signal).then(
      () => this.#controller.abort(timedOut(run)),
      () => undefined, // Lifted in time.
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  lift(): void {
    this.#over.abort();
  }
}

/** Timers of the platform hold 24 days at most. */
async function sleepLong(clock: Clock, duration: Milliseconds, signal: AbortSignal): Promise<void> {
  for (let left = duration; left > 0; left -= DAY) await clock.sleep(Math.min(left, DAY), { signal });
}

function timedOut({ what, timeout }: LimitedRun): HoldfastError {
  return new HoldfastError("timeout", {
    what,
    why: `it took longer than ${formatDuration(timeout)}`,
    next: "find out what is slow, or allow more with the job's timeout",
  });
}

/** What a run that was told to end is reported as: by that reason, with anything else that went wrong on the way out. */
function endedBy(signal: AbortSignal, error: unknown, what: string): HoldfastError {
  const reason = cancellation(signal, what);
  if (error instanceof HoldfastError && error.code === reason.code) return error;
  if (error instanceof HoldfastError && error.code === "cancelled") return reason;
  if (error instanceof Error && error.name === "AbortError") return reason;
  const why = `${reason.facts.why}; on the way out: ${messageOf(error)}`;
  return new HoldfastError(reason.code, { ...reason.facts, why, cause: error });
}
