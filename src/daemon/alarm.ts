import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

/** A sleep that can be cut short. Rung while nobody sleeps, it cuts the next sleep short. */
export class Alarm {
  readonly #clock: Clock;
  #ringing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#ringing.abort();
  }

  /** Resolves after the duration, when rung, or when the signal fires. */
  async sleep(duration: Milliseconds, signal: AbortSignal): Promise<void> {
    const ringing = this.#ringing.signal;
    try {
      await this.#clock.sleep(duration, { signal: AbortSignal.any([ringing, signal]) });
    } catch (error) {
      if (!ringing.aborted && !signal.aborted) throw error;
    }
    if (ringing.aborted) this.#ringing = new AbortController();
  }
}
