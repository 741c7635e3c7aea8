import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { describeStoreContract } from "../../test/contract/store-contract.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore, transientError } from "../../test/fakes/faulty-store.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { withRetry } from "./with-retry.ts";

function setUp() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "memory", clock });
  const faulty = new FaultyStore(inner, clock);
  const store = withRetry(faulty, {
    clock,
    random: () => 0.5,
    attempts: 4,
    initialDelay: 1000,
    maxDelay: 3000,
  });
  return { clock, inner, faulty, store };
}

async function patiently<T>(clock: FakeClock, action: Promise<T>): Promise<T> {
  const settled = action.then(
    () => undefined,
    () => undefined,
  );
  let done = false;
  void settled.then(() => (done = true));
  while (!done) await clock.advance(1000);
  return action;
}

describeStoreContract("a retrying store", async () => ({ store: setUp().store }));

describe("a retrying store", () => {
  it("waits out transient errors of every method that can be repeated", async () => {
    const { clock, faulty, store } = setUp();
    await store.put("stack/object", bodyOf("hello"));
    for (const method of ["get", "stat", "list", "delete", "space"] as const) {
      faulty.inject(method, { kind: "throw-before" }, { times: 3 });
    }
    expect(await patiently(clock, textOf(store.get("stack/object")))).toBe("hello");
    expect(await patiently(clock, store.stat("stack/object"))).toMatchObject({ size: 5 });
    expect(await patiently(clock, keysOf(store, "stack/"))).toEqual(["stack/object"]);
    expect(await patiently(clock, store.space())).toBeUndefined();
    await patiently(clock, store.delete("stack/object"));
    expect(await store.stat("stack/object")).toBeUndefined();
  });

  it("takes a lost answer to a delete for what it is", async () => {
    const { clock, faulty, store } = setUp();
    await store.put("stack/object", bodyOf("x"));
    faulty.inject("delete", { kind: "throw-after" });
    await patiently(clock, store.delete("stack/object"));
    expect(faulty.callsOf("delete")).toHaveLength(2);
  });

  it("gives up after its attempts, with the store's own error", async () => {
    const { clock, faulty, store } = setUp();
    const error = transientError();
    faulty.inject("stat", { kind: "throw-before", error }, { times: 99 });
    await expect(patiently(clock, store.stat("stack/object"))).rejects.toBe(error);
    expect(faulty.callsOf("stat")).toHaveLength(4);
  });

  it("doubles its delays up to the longest one, each shortened by chance by up to a half", async () => {
    const { clock, faulty, store } = setUp();
    faulty.inject("stat", { kind: "throw-before" }, { times: 99 });
    const failing = expect(store.stat("stack/object")).rejects.toThrow();
    const attemptsAt = async (elapsed: number) => {
      await clock.advance(elapsed - clock.monotonic());
      return faulty.callsOf("stat").length;
    };
    const due = [750, 750 + 1500, 750 + 1500 + 2250];
    for (const [index, at] of due.entries()) {
      expect(await attemptsAt(at - 1)).toBe(index + 1);
      expect(await attemptsAt(at)).toBe(index + 2);
    }
    await failing;
  });

  it("does not repeat what will not get better", async () => {
    const { faulty, store } = setUp();
    const lasting = new HoldfastError("store", { what: "Looking", why: "permission was denied" });
    faulty.inject("stat", { kind: "throw-before", error: lasting }, { times: 9 });
    await expect(store.stat("stack/object")).rejects.toBe(lasting);
    await expect(textOf(store.get("stack/object"))).rejects.toMatchObject({ code: "not-found" });
    expect(faulty.callsOf("stat")).toHaveLength(1);
    expect(faulty.callsOf("get")).toHaveLength(1);
  });

  it("does not repeat a put, whose body is gone", async () => {
    const { faulty, store } = setUp();
    faulty.inject("put", { kind: "throw-before" });
    await expect(store.put("stack/object", bodyOf("x"))).rejects.toMatchObject({ transient: true });
    expect(faulty.callsOf("put")).toHaveLength(1);
  });

  it("does not repeat a get that has begun: its reader has the first bytes already", async () => {
    const { faulty, store } = setUp();
    await store.put("stack/object", bodyOf("x".repeat(300_000)));
    faulty.inject("get", { kind: "throw-after", items: 1 });
    await expect(textOf(store.get("stack/object"))).rejects.toMatchObject({ transient: true });
    expect(faulty.callsOf("get")).toHaveLength(1);
  });

  it("goes on with a broken listing where it broke: nothing twice, nothing lost", async () => {
    const { clock, faulty, store } = setUp();
    const keys = ["s/a", "s/b", "s/c", "s/é", "s/\uffee", "s/🗄️"];
    for (const key of keys) await store.put(key, bodyOf("x"));
    for (const items of [0, 2, 3, 5, 6]) {
      faulty.inject("list", { kind: "throw-after", items }, { call: faulty.callsOf("list").length + 1 });
      expect(await patiently(clock, keysOf(store, "s/"))).toEqual(keys);
    }
  });

  it("stops waiting when it is cancelled", async () => {
    const { clock, faulty, store } = setUp();
    faulty.inject("stat", { kind: "throw-before" }, { times: 9 });
    const cancelling = new AbortController();
    const looking = expect(store.stat("a", { signal: cancelling.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    await clock.advance(1);
    expect(clock.sleeping).toBe(1);
    cancelling.abort();
    await looking;
  });
});
