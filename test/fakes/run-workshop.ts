/** A run queue on a fake clock, with runs that last until they are told to end. */
import { HOUR } from "../../src/domain/instant.ts";
import { RunQueue } from "../../src/daemon/run-queue.ts";
import type { QueuedRun } from "../../src/daemon/run-queue.ts";
import { FakeClock } from "./fake-clock.ts";

/** The log notes the starts and ends of its runs. */
export function workshop(concurrency?: number) {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const queue = new RunQueue({
    clock,
    stop: stop.signal,
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  const log: string[] = [];
  const finish = new Map<string, (error?: Error) => void>();

  function ask(job: string, overrides: Partial<QueuedRun<string>> = {}): Promise<string> {
    const promise = queue.enqueue({
      job,
      operation: "backup",
      what: `Backing up job ${job}`,
      timeout: HOUR,
      work: async (signal) => {
        log.push(`${job} starts`);
        await new Promise<void>((resolve, reject) => {
          finish.set(job, (error) => (error === undefined ? resolve() : reject(error)));
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        });
        log.push(`${job} ends`);
        return job;
      },
      ...overrides,
    });
    promise.catch(() => undefined);
    return promise;
  }

  async function end(job: string, error?: Error): Promise<void> {
    finish.get(job)?.(error);
    await clock.advance(0);
  }

  return { clock, stop, queue, log, ask, end };
}
