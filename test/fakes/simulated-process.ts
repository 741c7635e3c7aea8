/**
 * A process of a pretended machine that can be killed or frozen: its clock does not wake it and its store calls do not
 * go out meanwhile, as with SIGKILL and SIGSTOP. Each store call takes a random time before and after it acts.
 */
import type { Clock } from "../../src/ports/clock.ts";
import type { ProcessTable } from "../../src/ports/process-identity.ts";
import type { Store } from "../../src/ports/store.ts";
import type { FakeMachine } from "./process-tables.ts";

export class SimulatedProcess {
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly store: Store;
  readonly #machine: FakeMachine;
  #resume: Promise<void> | undefined;
  #running = true;

  constructor(options: { machine: FakeMachine; clock: Clock; store: Store; latency: () => number }) {
    const { clock, latency, machine, store } = options;
    this.#machine = machine;
    this.processes = machine.startProcess();
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (duration, sleepOptions) => {
        await clock.sleep(duration, sleepOptions).finally(() => this.#whileFrozen());
      },
    };
    this.store = delayed(store, async () => {
      await clock.sleep(latency());
      await this.#whileFrozen();
    });
  }

  get running(): boolean {
    return this.#running;
  }

  kill(): void {
    this.#running = false;
    this.#resume = new Promise(() => undefined);
    this.#machine.kill(this.processes);
  }

  /** Until the promise resolves. */
  freeze(until: Promise<void>): void {
    this.#running = false;
    this.#resume = until.then(() => {
      this.#resume = undefined;
      this.#running = true;
    });
  }

  async #whileFrozen(): Promise<void> {
    await this.#resume;
  }
}

function delayed(inner: Store, delay: () => Promise<void>): Store {
  async function around<T>(act: () => Promise<T>): Promise<T> {
    await delay();
    try {
      return await act();
    } finally {
      await delay();
    }
  }
  async function* aroundEach<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    await delay();
    yield* items;
    await delay();
  }
  return {
    name: inner.name,
    kind: inner.kind,
    put: (...args) => around(() => inner.put(...args)),
    get: (...args) => aroundEach(inner.get(...args)),
    stat: (...args) => around(() => inner.stat(...args)),
    list: (...args) => aroundEach(inner.list(...args)),
    delete: (...args) => around(() => inner.delete(...args)),
    removeLeftovers: (...args) => around(() => inner.removeLeftovers(...args)),
    space: () => around(() => inner.space()),
  };
}
