/** Measures the parts of a drill, one after the other. */
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface DrillPhase {
  name: string;
  ms: Milliseconds;
}

export class DrillPhases {
  readonly #clock: Clock;
  readonly #phases = new Map<string, Milliseconds>();
  /** What was measured inside of the phase that is being measured. */
  #inner: Milliseconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What is measured under one name several times is added up; what fails counts, too. One phase inside of another takes its time from
   * that.
   */
  async measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    const outer = this.#inner;
    const known = this.#phases.get(name) ?? 0;
    this.#phases.set(name, known);
    this.#inner = 0;
    const began = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      const took = this.#clock.monotonic() - began;
      this.#phases.set(name, known + took - this.#inner);
      this.#inner = outer + took;
    }
  }

  /** In the order in which they began first. */
  all(): DrillPhase[] {
    return [...this.#phases].map(([name, ms]) => ({ name, ms: Math.round(ms) }));
  }

  total(): Milliseconds {
    return this.all().reduce((sum, { ms }) => sum + ms, 0);
  }
}
