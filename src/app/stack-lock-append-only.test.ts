import { describe, expect, it } from "vitest";
import { keysOf } from "../../test/contract/bytes.ts";
import { appendOnly } from "../../test/fakes/append-only-store.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import { retained } from "../domain/errors.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { StackLocks } from "./stack-lock.ts";
import type { LockRequest } from "./stack-lock.ts";

const REFUSALS = {
  "an identity that may only add": undefined,
  "a bucket with a retention policy": (what: string) => retained(what, { until: Date.parse("2126-01-01") }),
};

const backup: LockRequest = { stack: "stack", mode: "write", operation: "backup of job data", wait: 0 };

function setUp(refusal: ((what: string) => Error) | undefined) {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "local", clock });
  const store = appendOnly(inner, refusal);
  const troubles: string[] = [];
  const request: LockRequest = { ...backup, onReleaseFailed: ({ message }) => void troubles.push(message) };
  /** Each on a machine of its own, so that nobody sees whose process lives. */
  let machines = 0;
  const start = () => {
    const processes = new FakeMachine(`host-${++machines}`).startProcess();
    return new StackLocks({ clock, processes, random: () => 0.5 });
  };
  return { clock, inner, store, start, request, troubles };
}

describe.each(Object.entries(REFUSALS))("the lock of a stack, with %s,", (_what, refusal) => {
  it("is held for hours, seen by others all the while, and free at once after its release", async () => {
    const { clock, store, start, request, troubles } = setUp(refusal);
    const [one, two] = [start(), start()];
    const lock = await one.acquire(store, request);
    for (let minute = 0; minute < 120; minute++) {
      await clock.advance(MINUTE);
      await expect(two.acquire(store, request)).rejects.toMatchObject({ code: "refused" });
    }
    expect(lock.signal.aborted).toBe(false);
    lock.check();
    await lock.release();
    await (await two.acquire(store, request)).release();
    expect(troubles).toEqual([]);
  });

  it("tells others which points are used and which go, as any lock does", async () => {
    const { store, start, request } = setUp(refusal);
    const [one, two] = [start(), start()];
    const reader = await two.acquire(store, { ...request, mode: "read", using: "all" });
    await reader.use(["a"]);
    const writer = await one.acquire(store, request);
    expect(await writer.claimForRemoval(["a", "b"])).toEqual(new Set(["a"]));
    await expect(reader.use(["b"])).rejects.toMatchObject({ code: "refused" });
    await reader.use(["c"]);
    await reader.release();
    expect(await writer.claimForRemoval(["a", "b", "c"])).toEqual(new Set());
    await writer.release();
    expect(await one.pointsInUse(store, { stack: "stack" })).toEqual([]);
  });

  it("is taken over from a dead holder, once, who then knows that it is lost", async () => {
    const { clock, store, start, request } = setUp(refusal);
    const frozen = new FaultyStore(store, clock);
    const lock = await start().acquire(frozen, request);
    await clock.advance(16 * SECOND);
    frozen.inject("put", { kind: "hang" }, { times: 100 });
    const two = start();
    await expect(two.acquire(store, request)).rejects.toMatchObject({ code: "refused" });
    await clock.advance(61 * SECOND);
    const told: string[] = [];
    const taken = await two.acquire(store, { ...request, onTakenOver: (holder) => void told.push(holder) });
    expect(told).toEqual([expect.stringContaining("backup of job data")]);
    expect(() => lock.check()).toThrow();
    await taken.release();
    const released = lock.release();
    await clock.advance(10 * SECOND);
    await released;
    await (await two.acquire(store, request)).release();
  });

  it("is taken over by who may delete, and lost to its holder", async () => {
    const { clock, inner, store, start, request } = setUp(refusal);
    const lock = await start().acquire(store, request);
    await clock.advance(20 * SECOND);
    for (const key of await keysOf(inner)) if (/[0-9a-f]{16}\.json$/.test(key)) await inner.delete(key);
    await clock.advance(20 * SECOND);
    expect(() => lock.check()).toThrow("somebody removed it");
    await lock.release();
  });

  it("stands in nobody's way when its end could not be written, but for a minute", async () => {
    const { clock, store, start, request } = setUp(refusal);
    const silent = new FaultyStore(store, clock);
    const lock = await start().acquire(silent, request);
    silent.inject("put", { kind: "throw-before" }, { key: /ended/ });
    await lock.release();
    const two = start();
    await expect(two.acquire(store, request)).rejects.toMatchObject({ code: "refused" });
    await clock.advance(61 * SECOND);
    await (await two.acquire(store, request)).release();
  });
});

it("a lock of the dead is no lock to who may neither delete nor write", async () => {
  const { clock, inner, start, request } = setUp(undefined);
  const frozen = new FaultyStore(inner, clock);
  await start().acquire(frozen, { ...request, using: ["a"] });
  frozen.inject("put", { kind: "hang" }, { times: 100 });
  const refused = () => Promise.reject(retained("Writing", {}));
  const reader = Object.assign(appendOnly(inner), { put: refused });
  const two = start();
  expect(await two.pointsInUse(reader, { stack: "stack" })).toEqual(["a"]);
  await clock.advance(61 * SECOND);
  expect(await two.pointsInUse(reader, { stack: "stack" })).toEqual([]);
});
