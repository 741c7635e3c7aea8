/** A Clock on which every wait is over at once and yet has taken its time: for what asks a real server again and again until a limit. */
import { FakeClock } from "./fake-clock.ts";

export class SlippingClock extends FakeClock {
  override async sleep(
    duration: number,
    options: { signal?: AbortSignal | undefined; unref?: boolean } = {},
  ): Promise<void> {
    // What only guards against a wait without an end is not waited for.
    if (options.unref === true) return super.sleep(duration, options);
    options.signal?.throwIfAborted();
    const wakeAt = this.monotonic() + duration;
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
    this.slipTo(wakeAt);
  }
}
