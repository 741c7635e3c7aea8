/**
 * Runs wait their turn here: never two of one job at a time, and no more than `concurrency` of the stack. First come,
 * first served, except that a run whose job is busy lets later ones of other jobs pass.
 */
import { withRetries } from "../app/with-retries.ts";
import type { Retrying } from "../app/with-retries.ts";
import { cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { DAY } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { RetryPolicy } from "../domain/job.ts";
import type { Operation } from "../domain/run.ts";
import type { Clock } from "../ports/clock.ts";

export interface QueuedRun<T> {
  job: string;
  operation: Operation;
  /** As errors name it: "Backing up job data". */
  what: string;
  /** All attempts and the waits between them together. */
  timeout: Milliseconds;
  /** Undefined: one attempt. */
  retry?: RetryPolicy | undefined;
  /** One attempt. The slot is taken until it settles: on its signal it must end soon. */
  work(signal: AbortSignal, attempt: number): Promise<T>;
  onRetry?: Retrying["onRetry"];
}

export interface RunQueueOptions {
  clock: Clock;
  /** In [0, 1); spreads retries. */
  random: () => number;
  /** Runs of the stack at a time. */
  concurrency?: number;
  /** Cancels what runs, refuses what waits and what comes. */
  stop: AbortSignal;
}

interface Entry {
  job: string;
  operation: Operation;
  promise: Promise<unknown>;
  start(): Promise<void>;
  refuse(): void;
}

export class RunQueue {
  readonly #options: RunQueueOptions;
  readonly #waiting: Entry[] = [];
  readonly #running = new Map<string, Entry>();

  constructor(options: RunQueueOptions) {
    this.#options = options;
    options.stop.addEventListener("abort", () => this.#refuseWaiting(), { once: true });
  }

  /**
   * Settles as the run does. Asked for again while it waits, it is the same run and the same promise; while it is
   * under way, it is another one after it. Rejects with the reason of the stop, or with a `timeout`, when one of those ended it.
   */
  enqueue<T>(run: QueuedRun<T>): Promise<T> {
    const twin = this.#waiting.find(({ job, operation }) => job === run.job && operation === run.operation);
    if (twin !== undefined) return twin.promise as Promise<T>;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const entry: Entry = {
      job: run.job,
      operation: run.operation,
      promise,
      start: () => this.#perform(run).then(resolve, reject),
      refuse: () => reject(cancellation(this.#options.stop, run.what)),
    };
    if (this.#options.stop.aborted) entry.refuse();
    else this.#waiting.push(entry);
    this.#startNext();
    return promise;
  }

  /** Whether a run of the job is under way. */
  isRunning(job: string): boolean {
    return this.#running.has(job);
  }

  /** Whether a run of the job waits for its turn. */
  isWaiting(job: string): boolean {
    return this.#waiting.some((entry) => entry.job === job);
  }

  /** Resolves, whatever becomes of them, when no run is under way or waiting. */
  async drain(): Promise<void> {
    while (this.#running.size + this.#waiting.length > 0) {
      await Promise.allSettled([...this.#running.values(), ...this.#waiting].map(({ promise }) => promise));
    }
  }

  #startNext(): void {
    const { concurrency = 1 } = this.#options;
    while (this.#running.size < concurrency) {
      const index = this.#waiting.findIndex(({ job }) => !this.#running.has(job));
      const [entry] = index === -1 ? [] : this.#waiting.splice(index, 1);
      if (entry === undefined) return;
      this.#running.set(entry.job, entry);
      void entry.start().finally(() => {
        this.#running.delete(entry.job);
        this.#startNext();
      });
    }
  }

  #refuseWaiting(): void {
    for (const entry of this.#waiting.splice(0)) entry.refuse();
  }

  async #perform<T>(run: QueuedRun<T>): Promise<T> {
    const { clock, random, stop } = this.#options;
    const limit = new RunLimit(run, clock, stop);
    const retry = run.retry ?? { attempts: 1, initialDelay: 0, maxDelay: 0 };
    const retrying = {
      policy: retry,
      clock,
      random,
      signal: limit.signal,
      what: run.what,
      onRetry: run.onRetry,
    };
    try {
      return await withRetries((attempt) => run.work(limit.signal, attempt), retrying);
    } catch (error) {
      throw limit.signal.aborted ? endedBy(limit.signal, error, run.what) : error;
    } finally {
      limit.lift();
    }
  }
}

/** One signal for both ends that a run can meet before its own: the stop of the daemon, and its timeout. */
class RunLimit {
  readonly #controller = new AbortController();
  readonly #over = new AbortController();

  constructor(run: { what: string; timeout: Milliseconds }, clock: Clock, stop: AbortSignal) {
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

function timedOut({ what, timeout }: { what: string; timeout: Milliseconds }): HoldfastError {
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
