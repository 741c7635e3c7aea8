/** Cleaning up while an error may be on its way: as far as it gets in a few seconds, and without a word. */
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";

/** A signal leaves ten seconds for everything. */
const LIMIT: Milliseconds = 5 * SECOND;

/** Never rejects. `work` is told when its time is over, and is not left under way. */
export async function briefly(clock: Clock, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const done = work(over.signal);
  const limit = clock.sleep(LIMIT, { signal: over.signal, unref: true });
  await Promise.race([done, limit]).catch(() => undefined);
  over.abort();
  await Promise.allSettled([done, limit]);
}
