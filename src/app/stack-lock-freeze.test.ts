/** A process that is stopped in the middle of a step, and goes on after others have taken over. */
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import { SimulatedProcess } from "../../test/fakes/simulated-process.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { StackLocks } from "./stack-lock.ts";
import type { LockRequest } from "./stack-lock.ts";

const backup: LockRequest = { stack: "stack", mode: "write", operation: "backup", wait: 0 };
const patient: LockRequest = { ...backup, wait: 600_000 };

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryStore({ name: "local", clock });
  const start = (host: string, beneath: MemoryStore = store) => {
    const machine = new FakeMachine(host);
    const process = new SimulatedProcess({ machine, clock, store: beneath, latency: () => 0 });
    const locks = new StackLocks({ clock: process.clock, processes: process.processes, random: () => 0.5 });
    return { process, acquire: (request: LockRequest) => locks.acquire(process.store, request) };
  };
  return { clock, store, start };
}

describe("a process that was stopped", () => {
  it("knows when it goes on that its time was up, before any of its timers could tell", async () => {
    const { clock, start } = setUp();
    const { acquire, process } = start("here");
    const lock = await acquire(backup);
    process.freeze(new Promise(() => undefined));
    await clock.advance(60_000);
    lock.check();
    await clock.advance(1);
    expect(() => lock.check()).toThrow("it was not renewed in time");
    expect(lock.signal.aborted).toBe(true);
  });

  it.each([
    ["its timers tell it at once", true],
    ["its timers are late", false],
  ])("does not believe a renewal that came after another had taken over, when %s", async (_, timersWake) => {
    const { clock, start, store } = setUp();
    const { process } = start("there");
    const put = store.put.bind(store);
    store.put = async (key, body, options) => {
      if (options?.replace === true) {
        store.put = put;
        const awake = clock.sleep(70_000 - clock.monotonic());
        process.freeze(timersWake ? awake : new Promise(() => undefined));
        await awake;
      }
      return put(key, body, options);
    };
    const holding = new StackLocks({ clock: process.clock, processes: process.processes, random: () => 0.5 });
    const lock = await holding.acquire(store, backup);
    let takenAt = Infinity;
    void start("here")
      .acquire(patient)
      .then(() => (takenAt = clock.monotonic()));
    await clock.advance(69_000);
    expect(takenAt).toBeLessThan(69_000);
    await clock.advance(1_500);
    expect(lock.signal.aborted).toBe(true);
  });

  it("does not take over by what it read before it was stopped", async () => {
    const { clock, store, start } = setUp();
    const holder = start("there");
    const lock = await holder.acquire(backup);
    const reading = new MemoryStore({ name: "local", clock });
    for (const method of ["put", "stat", "list", "delete"] as const) {
      Object.assign(reading, { [method]: store[method].bind(store) });
    }
    let reads = 0;
    reading.get = async function* (key, options) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.get(key, options)) chunks.push(chunk);
      if (++reads === 3) await clock.sleep(400_000);
      yield* chunks;
    };
    const contender = start("here", reading);
    let taken = false;
    void contender.acquire(patient).then(
      () => (taken = true),
      () => undefined,
    );
    await clock.advance(590_000);
    expect(reads).toBeGreaterThan(3);
    expect(taken).toBe(false);
    expect(lock.signal.aborted).toBe(false);
  });
});
