import type { Instant, Milliseconds } from "../domain/instant.ts";

/** The only source of time (invariant 9). */
export interface Clock {
  /** Wall-clock time; may jump in either direction. */
  now(): Instant;
  /** Milliseconds from an arbitrary origin; never goes back. For durations. */
  monotonic(): Milliseconds;
  /**
   * Resolves after the duration, or rejects with the signal's reason as soon as it fires. Does not by itself
   * keep the process alive when `unref` is set.
   */
  sleep(
    duration: Milliseconds,
    options?: { signal?: AbortSignal | undefined; unref?: boolean },
  ): Promise<void>;
}
