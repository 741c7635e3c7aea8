/** Adds up times. */
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";

export class Stopwatch {
  readonly #clock: Pick<Clock, "monotonic">;
  #elapsed: Milliseconds = 0;
  #since: number | undefined;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  get elapsed(): Milliseconds {
    return this.#elapsed;
  }

  start(): void {
    this.#since ??= this.#clock.monotonic();
  }

  /** Nothing where it does not run. */
  stop(): void {
    if (this.#since !== undefined) this.#elapsed += this.#clock.monotonic() - this.#since;
    this.#since = undefined;
  }
}
