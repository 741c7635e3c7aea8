import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../src/stores/memory/memory-store.ts";
import { bodyOf, keysOf, textOf } from "../contract/bytes.ts";
import { describeStoreContract } from "../contract/store-contract.ts";
import { FakeClock } from "./fake-clock.ts";
import { FaultyStore } from "./faulty-store.ts";

function setUp() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "memory", clock });
  return { clock, inner, store: new FaultyStore(inner, clock) };
}

describeStoreContract("a faulty store without faults", async () => ({ store: setUp().store }));

describe("a faulty store", () => {
  it("fails before or after the work is done", async () => {
    const { inner, store } = setUp();
    store
      .inject("put", { kind: "throw-before" }, { key: /before/ })
      .inject("put", { kind: "throw-after" }, { key: /after/ });
    await expect(store.put("before", bodyOf("x"))).rejects.toMatchObject({ transient: true });
    await expect(store.put("after", bodyOf("x"))).rejects.toMatchObject({ transient: true });
    expect(await keysOf(inner)).toEqual(["after"]);
  });

  it("hits the calls it was told to hit and no other", async () => {
    const { store } = setUp();
    store.inject("stat", { kind: "throw-before" }, { call: 2, times: 2 });
    const outcomes = [];
    for (let call = 1; call <= 4; call++)
      outcomes.push(
        await store.stat("x").then(
          () => "fine",
          () => "failed",
        ),
      );
    expect(outcomes).toEqual(["fine", "failed", "failed", "fine"]);
  });

  it("lies: stores less than it says, other than it got, or nothing", async () => {
    const { inner, store } = setUp();
    store.inject("put", { kind: "cut-body", at: 4 }, { key: /cut/ });
    store.inject("put", { kind: "flip-byte", at: 3 }, { key: /flipped/ });
    store.inject("put", { kind: "drop" }, { key: /dropped/ });
    for (const key of ["cut", "flipped", "dropped"]) {
      expect((await store.put(key, bodyOf("ab", "cd", "ef"))).size).toBe(6);
    }
    expect(await textOf(inner.get("cut"))).toBe("abcd");
    expect(await textOf(inner.get("flipped"))).toBe("abceef");
    expect(await inner.stat("dropped")).toBeUndefined();
  });

  it("runs out of space in the middle and keeps nothing", async () => {
    const { inner, store } = setUp();
    store.inject("put", { kind: "no-space", after: 3 });
    await expect(store.put("object", bodyOf("ab", "cd"))).rejects.toMatchObject({ code: "no-space" });
    expect(await keysOf(inner)).toEqual([]);
  });

  it("hangs until the signal, and is slow by its clock", async () => {
    const { clock, store } = setUp();
    store.inject("stat", { kind: "hang" }).inject("stat", { kind: "slow", duration: 5000 }, { call: 2 });
    const cancelling = new AbortController();
    const hanging = expect(store.stat("x", { signal: cancelling.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    cancelling.abort();
    await hanging;
    let answered = false;
    const slow = store.stat("x").then(() => (answered = true));
    await clock.advance(4999);
    expect(answered).toBe(false);
    await clock.advance(1);
    await slow;
  });
});
