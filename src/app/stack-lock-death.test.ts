/** Holders that die, freeze or are cut off from the store: nobody waits for the dead, nobody robs the living. */
import { describe, expect, it } from "vitest";
import { keysOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore, transientError } from "../../test/fakes/faulty-store.ts";
import type { StoreMethod } from "../../test/fakes/faulty-store.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { StackLocks } from "./stack-lock.ts";
import type { LockRequest } from "./stack-lock.ts";

const MINUTE_MS = 60_000;
const backup: LockRequest = { stack: "stack", mode: "write", operation: "backup", wait: 0 };
const METHODS: StoreMethod[] = ["put", "get", "stat", "list", "delete"];

function setUp() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "local", clock });
  const start = (machine: FakeMachine) => {
    const processes = machine.startProcess();
    const store = new FaultyStore(inner, clock);
    const locks = new StackLocks({ clock, processes, random: () => 0.5 });
    /** From the store's side a killed process is one that does nothing any more. */
    const silence = () => {
      for (const method of METHODS) store.inject(method, { kind: "hang" }, { times: Infinity });
    };
    const kill = () => {
      silence();
      machine.kill(processes);
    };
    return { store, locks, silence, kill };
  };
  return { clock, inner, start, here: new FakeMachine("here"), there: new FakeMachine("there") };
}

describe("a holder that died", () => {
  it("is recognised at once on this machine, and its lock taken over and reported", async () => {
    const { here, inner, start } = setUp();
    const [one, two] = [start(here), start(here)];
    await one.locks.acquire(one.store, backup);
    one.kill();
    const takenOver: string[] = [];
    const lock = await two.locks.acquire(two.store, {
      ...backup,
      onTakenOver: (holder) => takenOver.push(holder),
    });
    expect(takenOver).toEqual(["backup (pid 100 on host here, since 2026-11-20T00:00:00.000Z)"]);
    await lock.release();
    expect(await keysOf(inner)).toEqual([]);
  });

  it("is recognised on another machine once its lock was seen not to change for a minute", async () => {
    const { clock, here, start, there } = setUp();
    const [one, two] = [start(there), start(here)];
    await one.locks.acquire(one.store, backup);
    one.kill();
    let got = false;
    const waiting = two.locks.acquire(two.store, { ...backup, wait: 5 * MINUTE_MS }).then((lock) => {
      got = true;
      return lock;
    });
    await clock.advance(MINUTE_MS - 1);
    expect(got).toBe(false);
    await clock.advance(5_000);
    expect(got).toBe(true);
    await (await waiting).release();
  });

  it("is recognised without any waiting when its lock is old by the clock of the store", async () => {
    const { clock, here, start, there } = setUp();
    const [one, two] = [start(there), start(here)];
    await one.locks.acquire(one.store, backup);
    one.kill();
    await clock.advance(5 * MINUTE_MS - 1);
    await expect(two.locks.acquire(two.store, backup)).rejects.toMatchObject({ code: "refused" });
    await clock.advance(1);
    await two.locks.acquire(two.store, backup);
  });

  it("is no reason to keep the points that it used", async () => {
    const { here, start } = setUp();
    const [one, two] = [start(here), start(here)];
    await one.locks.acquire(one.store, { ...backup, mode: "read", using: "all" });
    expect(await two.locks.pointsInUse(two.store, { stack: "stack" })).toBe("all");
    one.kill();
    expect(await two.locks.pointsInUse(two.store, { stack: "stack" })).toEqual([]);
  });
});

describe("a holder that lives", () => {
  it("keeps its lock for hours, on this machine and another, whatever the wall clocks say", async () => {
    const { clock, here, start, there } = setUp();
    for (const machine of [here, there]) {
      const [one, two] = [start(machine), start(here)];
      const lock = await one.locks.acquire(one.store, backup);
      for (let minute = 0; minute < 120; minute += 7) {
        await clock.advance(7 * MINUTE_MS);
        await expect(two.locks.acquire(two.store, { ...backup })).rejects.toMatchObject({ code: "refused" });
      }
      expect(lock.signal.aborted).toBe(false);
      lock.check();
      await lock.release();
    }
  });

  it("survives a store that fails it for half a minute", async () => {
    const { clock, here, start } = setUp();
    const { locks, store } = start(here);
    const lock = await locks.acquire(store, backup);
    store.inject("put", { kind: "throw-before", error: transientError() }, { call: 1, times: 5 });
    await clock.advance(10 * MINUTE_MS);
    lock.check();
    expect(lock.signal.aborted).toBe(false);
    await lock.release();
  });

  it("is told that it lost its lock before another could have taken it, when the store fails it for longer", async () => {
    for (const kind of ["throw-before", "hang"] as const) {
      const { clock, inner, here, start, there } = setUp();
      const [one, two] = [start(here), start(there)];
      const lock = await one.locks.acquire(one.store, backup);
      let takenAt = Infinity;
      let lostAt = Infinity;
      lock.signal.addEventListener("abort", () => (lostAt = clock.monotonic()));
      const waiting = two.locks.acquire(two.store, { ...backup, wait: 10 * MINUTE_MS }).then((taken) => {
        takenAt = clock.monotonic();
        return taken;
      });
      for (const method of METHODS) one.store.inject(method, { kind }, { times: 1e9 });
      await clock.advance(3 * MINUTE_MS);
      expect(lostAt).toBeLessThanOrEqual(takenAt);
      expect(takenAt).toBeLessThan(2 * MINUTE_MS);
      expect(() => lock.check()).toThrow(/^Holding the lock of stack stack in store local failed/);
      const taken = await waiting;
      const released = lock.release();
      await clock.advance(10_000);
      await released;
      await taken.release();
      expect((await keysOf(inner)).length).toBeLessThanOrEqual(1);
    }
  });

  it("is told when somebody removed its lock, and does not put it back", async () => {
    const { clock, here, inner, start } = setUp();
    const { locks, store } = start(here);
    const lock = await locks.acquire(store, backup);
    const [key = ""] = await keysOf(inner);
    await inner.delete(key);
    await clock.advance(15_000);
    expect(lock.signal.aborted).toBe(true);
    expect(() => lock.check()).toThrow("somebody removed it");
    await clock.advance(MINUTE_MS);
    expect(await keysOf(inner)).toEqual([]);
  });
});

describe("a release", () => {
  it("ends the heartbeat, also when that is just writing", async () => {
    const { clock, here, inner, start } = setUp();
    const { locks, store } = start(here);
    const lock = await locks.acquire(store, backup);
    store.inject("put", { kind: "slow", duration: 2_000 });
    await clock.advance(15_500);
    const released = lock.release();
    await clock.advance(10_000);
    await released;
    await clock.advance(5 * MINUTE_MS);
    expect(await keysOf(inner)).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it("does not wait for ever for a store that does not answer", async () => {
    const { clock, here, start } = setUp();
    const { locks, silence, store } = start(here);
    const failures: Error[] = [];
    const lock = await locks.acquire(store, { ...backup, onReleaseFailed: (error) => failures.push(error) });
    silence();
    const released = lock.release();
    await clock.advance(7_000);
    await released;
    expect(failures).toHaveLength(1);
  });
});
