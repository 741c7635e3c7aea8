/** Waits for a condition, never for a time. */
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 100;
/** Generous: what takes seconds here may take longer on a busy machine. */
const GIVE_UP_AFTER_MS = 45_000;

/** Something that the demo promises did not hold. */
export class NotHeld extends Error {
  constructor(what: string) {
    super(`this did not hold: ${what}`);
  }
}

/** Resolves as soon as the condition holds. Throws NotHeld after the limit, and the signal's reason when it fires. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  while (!(await condition())) {
    signal.throwIfAborted();
    if (performance.now() > giveUpAt) {
      throw new NotHeld(`${what} (not within ${GIVE_UP_AFTER_MS / 1000} s)`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
