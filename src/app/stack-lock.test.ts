import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import type { HeldLock } from "./held-lock.ts";
import { StackLocks } from "./stack-lock.ts";
import type { LockRequest } from "./stack-lock.ts";

function setUp() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "local", clock });
  const machine = new FakeMachine("host-a");
  const locksOf = (processes: ProcessTable) => new StackLocks({ clock, processes, random: () => 0.5 });
  const start = () => {
    const processes = machine.startProcess();
    const store = new FaultyStore(inner, clock);
    return { processes, store, locks: locksOf(processes), kill: () => machine.kill(processes) };
  };
  return { clock, inner, machine, start, locksOf };
}

const backup: LockRequest = { stack: "stack", mode: "write", operation: "backup of job data", wait: 0 };
const restore: LockRequest = { stack: "stack", mode: "read", operation: "restore of job data", wait: 0 };

describe("the lock of a stack", () => {
  it("is one small object while it is held, and nothing afterwards", async () => {
    const { inner, start } = setUp();
    const { locks, processes, store } = start();
    const lock = await locks.acquire(store, { ...backup, using: ["20261120T030000Z-7f3a"] });
    const [key = ""] = await keysOf(inner);
    expect(key).toMatch(/^stack\/\.locks\/[0-9a-f]{16}\.json$/);
    expect(JSON.parse(await textOf(inner.get(key)))).toMatchObject({
      holder: processes.self,
      operation: "backup of job data",
      mode: "write",
      using: ["20261120T030000Z-7f3a"],
      acquiredAt: "2026-11-20T00:00:00.000Z",
    });
    await Promise.all([lock.release(), lock.release()]);
    await lock.release();
    expect(await keysOf(inner)).toEqual([]);
    expect(lock.signal.aborted).toBe(false);
  });

  it("is refused to a second writer, naming the first, and had again after the release", async () => {
    const { inner, start } = setUp();
    const [one, two] = [start(), start()];
    const lock = await one.locks.acquire(one.store, backup);
    const refused = two.locks.acquire(two.store, { ...backup, operation: "prune" });
    await expect(refused).rejects.toMatchObject({ code: "refused" });
    await expect(refused).rejects.toThrow(
      "Starting prune failed: stack stack in store local is locked by backup of job data " +
        "(pid 100 on host host-a, since 2026-11-20T00:00:00.000Z); wait until it has ended, or stop it.",
    );
    expect(await keysOf(inner)).toHaveLength(1);
    await lock.release();
    await (await two.locks.acquire(two.store, backup)).release();
  });

  it("is one for each stack and each store", async () => {
    const { clock, start } = setUp();
    const [one, two] = [start(), start()];
    await one.locks.acquire(one.store, backup);
    await two.locks.acquire(two.store, { ...backup, stack: "stack-2" });
    await two.locks.acquire(new MemoryStore({ name: "offsite", clock }), backup);
  });

  it("is waited for as long as the caller wants, and no longer", async () => {
    const { clock, start } = setUp();
    const [one, two] = [start(), start()];
    const lock = await one.locks.acquire(one.store, backup);
    let outcome = "waiting";
    const settle = (result: string) => () => (outcome = result);
    void two.locks.acquire(two.store, { ...backup, wait: 30_000 }).then(settle("got it"), settle("refused"));
    await clock.advance(29_999);
    expect(outcome).toBe("waiting");
    await clock.advance(1);
    expect(outcome).toBe("refused");

    const patient = two.locks.acquire(two.store, { ...backup, wait: 600_000 });
    void patient.then(settle("got it"), settle("refused"));
    outcome = "waiting";
    await clock.advance(400_000);
    expect(outcome).toBe("waiting");
    await lock.release();
    await clock.advance(2_000);
    expect(outcome).toBe("got it");
    await (await patient).release();
  });

  it("is not waited for once the caller cancels, and leaves nothing of the attempt", async () => {
    const { clock, inner, start } = setUp();
    const [one, two] = [start(), start()];
    await one.locks.acquire(one.store, backup);
    const cancelling = new AbortController();
    const waiting = two.locks.acquire(two.store, { ...backup, wait: 1e6, signal: cancelling.signal });
    const cancelled = expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    await clock.advance(5_000);
    cancelling.abort();
    await cancelled;
    expect(await keysOf(inner)).toHaveLength(1);
  });

  it("leaves nothing when the store fails in the middle of the attempt, also when the answer was lost", async () => {
    const { inner, start } = setUp();
    const { locks, store } = start();
    store.inject("put", { kind: "throw-after" });
    await expect(locks.acquire(store, backup)).rejects.toMatchObject({ transient: true });
    expect(await keysOf(inner)).toEqual([]);
    store.inject("list", { kind: "throw-before" });
    await expect(locks.acquire(store, backup)).rejects.toMatchObject({ transient: true });
    expect(await keysOf(inner)).toEqual([]);
    await (await locks.acquire(store, backup)).release();
  });

  it("is not passed by because nobody can read it", async () => {
    const { inner, start } = setUp();
    const { locks, store } = start();
    for (const text of ["", "{", '{"format":2}']) {
      await inner.put("stack/.locks/foreign.json", bodyOf(text), { replace: true });
      await expect(locks.acquire(store, backup)).rejects.toThrow(
        "unreadable lock local:stack/.locks/foreign.json",
      );
      expect(await locks.pointsInUse(store, { stack: "stack" })).toBe("all");
    }
  });
});

describe("readers and writers of a stack", () => {
  const [first, second, third] = ["20261118T030000Z-aaaa", "20261119T030000Z-bbbb", "20261120T030000Z-cccc"];
  const ids = [first, second, third] as string[];

  it("do not exclude each other, but say which points they use", async () => {
    const { start } = setUp();
    const [one, two, three] = [start(), start(), start()];
    const reader = await one.locks.acquire(one.store, { ...restore, using: ids.slice(0, 1) });
    const writer = await two.locks.acquire(two.store, backup);
    await three.locks.acquire(three.store, { ...restore, using: ids.slice(1, 2) });
    expect(await two.locks.pointsInUse(two.store, { stack: "stack" })).toEqual(
      expect.arrayContaining(ids.slice(0, 2)),
    );
    expect(await writer.claimForRemoval(ids)).toEqual(new Set(ids.slice(0, 2)));
    await reader.release();
    expect(await writer.claimForRemoval(ids)).toEqual(new Set(ids.slice(1, 2)));
  });

  it("keep every point while a reader has not chosen yet", async () => {
    const { start } = setUp();
    const [one, two] = [start(), start()];
    const reader = await one.locks.acquire(one.store, { ...restore, using: "all" });
    const writer = await two.locks.acquire(two.store, backup);
    expect(await two.locks.pointsInUse(two.store, { stack: "stack" })).toBe("all");
    expect(await writer.claimForRemoval(ids)).toEqual(new Set(ids));
    await reader.use(ids.slice(2));
    expect(await writer.claimForRemoval(ids)).toEqual(new Set(ids.slice(2)));
  });

  it("refuse a point to a reader that is just being pruned, but not one that stays", async () => {
    const { start } = setUp();
    const [one, two, three] = [start(), start(), start()];
    const user = await one.locks.acquire(one.store, { ...restore, using: ids.slice(1, 2) });
    const writer = await two.locks.acquire(two.store, backup);
    await writer.claimForRemoval(ids.slice(0, 2));
    const reader = await three.locks.acquire(three.store, restore);
    await expect(reader.use(ids.slice(0, 1))).rejects.toThrow(`${first} failed: it is being pruned`);
    await reader.use(ids.slice(1));
    await user.release();
  });

  it("keep apart what several prunes under one lock are about to remove", async () => {
    const { start } = setUp();
    const [one, two] = [start(), start()];
    const writer = await one.locks.acquire(one.store, backup);
    await writer.claimForRemoval(ids.slice(0, 1), "data");
    await writer.claimForRemoval(ids.slice(1, 2), "users");
    await writer.claimForRemoval([], "users");
    const reader = await two.locks.acquire(two.store, restore);
    await expect(reader.use(ids.slice(0, 1))).rejects.toMatchObject({ code: "refused" });
    await reader.use(ids.slice(1));
  });

  it("never both have their way with one point, in whatever order their steps fall", async () => {
    for (let delay = 0; delay <= 12; delay++) {
      const { clock, start } = setUp();
      const [one, two] = [start(), start()];
      const reader = await one.locks.acquire(one.store, restore);
      const writer = await two.locks.acquire(two.store, backup);
      for (const method of ["stat", "put", "list", "get"] as const) {
        one.store.inject(method, { kind: "slow", duration: 3 }, { times: 99 });
        two.store.inject(method, { kind: "slow", duration: 2 }, { times: 99 });
      }
      const attempts = Promise.all([
        after(clock, delay, () => reader.use(ids)).then(
          () => true,
          () => false,
        ),
        after(clock, 6, () => writer.claimForRemoval(ids)).then((staying) => staying.size === 0),
      ]);
      await clock.advance(200);
      const [reads, removes] = await attempts;
      expect(reads && removes, `delay ${delay}`).toBe(false);
    }
  });

  async function after<T>(clock: FakeClock, delay: number, act: () => Promise<T>): Promise<T> {
    await clock.sleep(delay);
    return act();
  }
});

it("does not let a process wait for a lock of its own whose release failed", async () => {
  const { inner, start } = setUp();
  const { locks, store } = start();
  const failures: Error[] = [];
  const onReleaseFailed = (error: Error) => failures.push(error);
  const lock: HeldLock = await locks.acquire(store, { ...backup, onReleaseFailed });
  store.inject("delete", { kind: "throw-before" });
  await lock.release();
  expect(failures).toHaveLength(1);
  expect(await keysOf(inner)).toHaveLength(1);
  await (await locks.acquire(store, backup)).release();
  expect(await keysOf(inner)).toEqual([]);
});
