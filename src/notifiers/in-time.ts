/** The bound on every conversation with a receiver: one that does not answer is tried again later. */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface Conversation {
  /** Start of an error's sentence: "Notifying channel slack". */
  what: string;
  clock: Clock;
  signal: AbortSignal;
}

const TIMEOUT: Milliseconds = 15 * SECOND;

/** The work is given a signal that fires at the latest when its time is up. What it gives in spite of that counts. */
export async function inTime<T>(
  { what, clock, signal }: Conversation,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw cancellation(signal, what);
  const finished = new AbortController();
  const timeout = new AbortController();
  const timer = clock.sleep(TIMEOUT, { signal: finished.signal }).then(
    () => timeout.abort(),
    () => undefined,
  );
  const done = await work(AbortSignal.any([signal, timeout.signal])).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  finished.abort();
  await timer;
  if ("value" in done) return done.value;
  if (signal.aborted) throw cancellation(signal, what);
  if (!timeout.signal.aborted) throw done.error;
  const why = `no answer came within ${formatDuration(TIMEOUT)}`;
  throw new HoldfastError("notifier", { what, why, transient: true });
}
