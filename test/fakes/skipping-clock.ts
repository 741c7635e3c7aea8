/** A fake clock on which who waits for better times need not: only limits, which keep no process alive, wait to be told. */
import { FakeClock } from "./fake-clock.ts";

export class SkippingClock extends FakeClock {
  /** How long each skipped wait would have been. */
  readonly skipped: number[] = [];

  override async sleep(
    duration: number,
    options: { signal?: AbortSignal | undefined; unref?: boolean } = {},
  ): Promise<void> {
    if (options.unref === true) return super.sleep(duration, options);
    options.signal?.throwIfAborted();
    this.skipped.push(duration);
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
}
