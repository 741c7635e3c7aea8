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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is measured under one name several times is added up; what fails counts, too. */
  async measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      this.#phases.set(name, (this.#phases.get(name) ?? 0) + this.#clock.monotonic() - began);
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
