/**
 * Runs wait their turn here: never two of one job at a time, and no more than `concurrency` of the stack. First come,
 * first served, except that a run whose job is busy lets later ones of other jobs pass.
 */
import { underLimit, type LimitedRun } from "../app/run-limit.ts";
import { cancellation } from "../domain/errors.ts";
import type { Operation } from "../domain/run.ts";
import type { Clock } from "../ports/clock.ts";

export interface QueuedRun<T> extends LimitedRun {
  job: string;
  operation: Operation;
  /** The slot is taken until it settles: on its signal it must end soon. */
  work(signal: AbortSignal): Promise<T>;
}

export interface RunQueueOptions {
  clock: Clock;
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

  #perform<T>(run: QueuedRun<T>): Promise<T> {
    const { clock, stop } = this.#options;
    return underLimit(run, { clock, stop }, (signal) => run.work(signal));
  }
}
