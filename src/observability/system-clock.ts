/** The Clock of the running process. The only file that asks the machine for the time. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(duration, options = {}) {
    options.signal?.throwIfAborted();
    try {
      await delay(Math.max(0, duration), undefined, {
        ref: options.unref !== true,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw error;
    }
  },
};
