/** Waits until a server that has just been made takes dumps: its image may set it up first, and start it once more after that. */
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";

const LOOK_EVERY: Milliseconds = 2 * SECOND;

/** `ask` throws, or gives false, while it is not ready. Throws what it threw last. */
export async function waitForServer(
  ask: (signal: AbortSignal) => Promise<boolean>,
  { clock, limit, signal }: { clock: Clock; limit: Milliseconds; signal: AbortSignal },
): Promise<void> {
  const giveUpAt = clock.monotonic() + limit;
  for (;;) {
    const isLast = clock.monotonic() >= giveUpAt;
    try {
      if ((await ask(signal)) || isLast) return;
    } catch (error) {
      signal.throwIfAborted();
      if (isLast) throw error;
    }
    await clock.sleep(LOOK_EVERY, { signal });
  }
}
