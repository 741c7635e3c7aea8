/** Never two writers, whatever the order in which the steps of several processes fall, and whichever die or freeze. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import { SimulatedProcess } from "../../test/fakes/simulated-process.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import type { HeldLock } from "./held-lock.ts";
import { StackLocks } from "./stack-lock.ts";

const SECOND_MS = 1000;
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * SECOND_MS);

interface Contender {
  machine: number;
  startAfter: number;
  holdFor: number;
  fate: "well" | "killed" | "frozen";
  fateAfter: number;
  frozenFor: number;
}

const contender: fc.Arbitrary<Contender> = fc.record({
  machine: fc.integer({ min: 0, max: 1 }),
  startAfter: fc.integer({ min: 0, max: 5000 }),
  holdFor: seconds(1, 150),
  fate: fc.constantFrom("well", "well", "killed", "frozen"),
  fateAfter: seconds(0, 90),
  frozenFor: seconds(1, 200),
});

class Race {
  readonly clock = new FakeClock();
  readonly #store = new MemoryStore({ name: "local", clock: this.clock });
  readonly #machines = [new FakeMachine("host-a"), new FakeMachine("host-b")];
  readonly #random: () => number;
  readonly #maxLatency: number;
  readonly #holders: { process: SimulatedProcess; lock: HeldLock }[] = [];
  acquired = 0;

  constructor(random: () => number, maxLatency: number) {
    this.#random = random;
    this.#maxLatency = maxLatency;
  }

  enter(plan: Contender): void {
    const machine = this.#machines[plan.machine] ?? new FakeMachine();
    const latency = () => this.#random() * this.#maxLatency;
    const process = new SimulatedProcess({ machine, clock: this.clock, store: this.#store, latency });
    void this.#contend(process, plan);
    void this.#meetFate(process, plan);
  }

  /** How many run and may believe that the lock is theirs. */
  believers(): number {
    return this.#holders.filter(({ process, lock }) => process.running && believes(lock)).length;
  }

  async #contend(process: SimulatedProcess, plan: Contender): Promise<void> {
    const { clock, processes, store } = process;
    const locks = new StackLocks({ clock, processes, random: this.#random });
    await clock.sleep(plan.startAfter);
    const request = { stack: "stack", mode: "write", operation: "backup", wait: 200 * SECOND_MS } as const;
    const lock = await locks.acquire(store, request).catch(() => undefined);
    if (lock === undefined) return;
    this.acquired++;
    const holder = { process, lock };
    this.#holders.push(holder);
    await clock.sleep(plan.holdFor);
    this.#holders.splice(this.#holders.indexOf(holder), 1);
    await lock.release();
  }

  async #meetFate(process: SimulatedProcess, { fate, fateAfter, frozenFor }: Contender): Promise<void> {
    await this.clock.sleep(fateAfter);
    if (fate === "killed") process.kill();
    if (fate === "frozen") process.freeze(this.clock.sleep(frozenFor));
  }
}

function believes(lock: HeldLock): boolean {
  try {
    lock.check();
    return true;
  } catch {
    return false;
  }
}

it("never two processes that run hold the lock for writing at once, and somebody always gets it", async () => {
  const race = fc.record({
    contenders: fc.array(contender, { minLength: 2, maxLength: 5 }),
    maxLatency: fc.integer({ min: 0, max: 2000 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  });
  await fc.assert(
    fc.asyncProperty(race, async ({ contenders, maxLatency, seed }) => {
      const run = new Race(randomFrom(seed), maxLatency);
      const survivor: Contender = {
        machine: 0,
        startAfter: 0,
        holdFor: 5000,
        fate: "well",
        fateAfter: 0,
        frozenFor: 0,
      };
      for (const plan of contenders) run.enter(plan);
      for (let elapsed = 0; elapsed < 300 * SECOND_MS; elapsed += 500) {
        await run.clock.advance(500);
        expect(run.believers()).toBeLessThanOrEqual(1);
      }
      const before = run.acquired;
      await run.clock.advance(500 * SECOND_MS);
      run.enter(survivor);
      await run.clock.advance(200 * SECOND_MS);
      expect(run.acquired).toBeGreaterThan(before);
    }),
    { numRuns: 25 },
  );
});

/** Mulberry32: small, and the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
