/** Pauses between looks at something that takes its time: longer and longer, and only until a limit. */
import { cancellation } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

const GROWTH = 1.5;

export class Pauses {
  readonly #clock: Clock;
  readonly #longest: Milliseconds;
  readonly #end: Milliseconds;
  #pause: Milliseconds;

  constructor(
    clock: Clock,
    { from, to, limit }: { from: Milliseconds; to: Milliseconds; limit: Milliseconds },
  ) {
    this.#clock = clock;
    this.#pause = from;
    this.#longest = to;
    this.#end = clock.monotonic() + limit;
  }

  /** True when it is time for the next look, false once the limit is over. */
  async next(signal: AbortSignal, what: string): Promise<boolean> {
    const left = this.#end - this.#clock.monotonic();
    if (left <= 0) return false;
    const pause = Math.min(this.#pause, left);
    this.#pause = Math.min(this.#pause * GROWTH, this.#longest);
    try {
      await this.#clock.sleep(pause, { signal });
    } catch (interruption) {
      throw signal.aborted ? cancellation(signal, what) : interruption;
    }
    return true;
  }
}
