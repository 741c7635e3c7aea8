/** A Clock on which every wait is over at once: for what waits between attempts while a real server answers. */
import { FakeClock } from "./fake-clock.ts";

export class HastyClock extends FakeClock {
  /** How long each wait was asked to be. */
  readonly waits: number[] = [];

  override async sleep(
    duration: number,
    options: { signal?: AbortSignal | undefined; unref?: boolean } = {},
  ): Promise<void> {
    // What only guards against a wait without an end is not waited for.
    if (options.unref === true) return super.sleep(duration, options);
    options.signal?.throwIfAborted();
    this.waits.push(duration);
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
}
