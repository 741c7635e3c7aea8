import { describe, expect, it } from "vitest";
import { bodyOf, keysOf } from "../../test/contract/bytes.ts";
import { appendOnly } from "../../test/fakes/append-only-store.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { putObjects, putPoint, recordOf } from "../../test/fakes/points.ts";
import { HoldfastError, retained } from "../domain/errors.ts";
import { DAY } from "../domain/instant.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { removeUncommitted } from "./remove-leftovers.ts";

const KILLED = "2026-11-19T03:00:00Z";

function setUp() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ name: "local", clock });
  return { clock, inner, store: new FaultyStore(inner) };
}

describe("removing what killed runs left", () => {
  it("removes the objects of points that were never committed, and says which", async () => {
    const { store } = setUp();
    await putPoint(store, "2026-11-18T03:00:00Z");
    const whole = await keysOf(store);
    const killed = recordOf(KILLED);
    await putObjects(store, killed);
    const removed = await removeUncommitted(store, { stack: "stack" });
    expect(removed).toEqual({ points: [{ job: "data", id: killed.id }], objects: 2, unfinished: 0 });
    expect(await keysOf(store)).toEqual(whole);
    expect(await removeUncommitted(store, { stack: "stack" })).toMatchObject({ points: [], objects: 0 });
  });

  it("leaves what the store does not let go of, and tries again the next time", async () => {
    const { store } = setUp();
    const killed = recordOf(KILLED);
    await putObjects(store, killed);
    store.inject("delete", { kind: "throw-before", error: retained("Deleting", {}) }, { key: /archive/ });
    const removed = await removeUncommitted(store, { stack: "stack" });
    expect(removed).toEqual({ points: [], objects: 1, unfinished: 0 });
    expect(await removeUncommitted(store, { stack: "stack" })).toMatchObject({ objects: 1 });
    expect(await keysOf(store)).toEqual([]);
  });

  it("leaves what it may not delete, and says why; trouble that may pass is thrown", async () => {
    const { store } = setUp();
    await putObjects(store, recordOf(KILLED));
    const facts = { what: "Deleting", why: "the right is missing" };
    const missing = new HoldfastError("store", facts);
    store.inject("delete", { kind: "throw-before", error: missing }, { times: 2 });
    const removed = await removeUncommitted(store, { stack: "stack" });
    expect(removed).toEqual({ points: [], objects: 0, unfinished: 0, refused: missing.message });
    const passing = new HoldfastError("store", { ...facts, transient: true });
    store.inject("delete", { kind: "throw-before", error: passing });
    await expect(removeUncommitted(store, { stack: "stack" })).rejects.toBe(passing);
  });

  it("touches nothing else: other stacks and jobs, locks, foreign files, points to keep", async () => {
    const { store } = setUp();
    await putObjects(store, recordOf(KILLED, { stack: "stack-2" }));
    await putObjects(store, recordOf(KILLED, { job: "data-2" }));
    await putObjects(store, recordOf("2026-11-19T04:00:00Z"));
    const foreign = [
      "stack/.locks/20261119T030000Z-7f3a/x",
      "stack/data/notes.txt",
      "stack/data/my-folder/file",
    ];
    for (const key of foreign) await store.put(key, bodyOf("x"));
    const before = await keysOf(store);
    const keep = new Set([recordOf("2026-11-19T04:00:00Z").id]);
    await removeUncommitted(store, { stack: "stack", job: "data", keep });
    expect(await keysOf(store)).toEqual(before);
  });

  it("does not believe a listing that hides the commit record", async () => {
    const { inner, store } = setUp();
    await putPoint(inner, KILLED);
    const before = await keysOf(inner);
    const list = store.list.bind(store);
    store.list = async function* (prefix, options) {
      for await (const object of list(prefix, options)) if (!object.key.endsWith(".json")) yield object;
    };
    expect(await removeUncommitted(store, { stack: "stack" })).toMatchObject({ points: [], objects: 0 });
    expect(await keysOf(inner)).toEqual(before);
  });

  it("deletes nothing when the listing breaks off", async () => {
    const { inner, store } = setUp();
    await putObjects(inner, recordOf(KILLED));
    store.inject("list", { kind: "throw-after", items: 1 });
    await expect(removeUncommitted(store, { stack: "stack" })).rejects.toMatchObject({ transient: true });
    expect(await keysOf(inner)).toHaveLength(2);
  });

  it("has the store remove what it had kept aside, of this stack only, and unfinished locks with any job", async () => {
    const { store } = setUp();
    await removeUncommitted(store, { stack: "stack" });
    expect(store.callsOf("removeLeftovers")).toEqual(["stack/"]);
    await removeUncommitted(store, { stack: "stack", job: "data" });
    expect(store.callsOf("removeLeftovers").slice(1)).toEqual(["stack/data/", "stack/.locks/"]);
  });

  it("removes locks that ended where nobody could delete them, and none that is held", async () => {
    const { inner, store } = setUp();
    const lock = (name: string) => `stack/.locks/${name}`;
    const held = [lock("00000000000000aa.json"), lock("00000000000000aa.00000003.json")];
    const ended = ["bb.json", "bb.00000001.json", "bb.ended", "cc.ended"].map((name) =>
      lock(`00000000000000${name}`),
    );
    for (const key of [...held, ...ended]) await store.put(key, bodyOf("{}"));
    expect(await removeUncommitted(appendOnly(inner), { stack: "stack" })).toMatchObject({ objects: 0 });
    expect(await keysOf(store)).toHaveLength(6);
    store.inject("delete", { kind: "throw-before" }, { call: 3 });
    await expect(removeUncommitted(store, { stack: "stack" })).rejects.toMatchObject({ transient: true });
    expect((await keysOf(store)).some((key) => key.endsWith("bb.ended"))).toBe(true);
    await removeUncommitted(store, { stack: "stack" });
    expect(await keysOf(store)).toEqual(held.sort());
  });

  it("removes what doctors left a day ago who could not delete, where it is told the time", async () => {
    const { store, clock } = setUp();
    await store.put("stack/.probe/old", bodyOf("x"));
    await clock.advance(2 * DAY);
    await store.put("stack/.probe/new", bodyOf("x"));
    await removeUncommitted(store, { stack: "stack", now: clock.now() });
    expect(await keysOf(store)).toEqual(["stack/.probe/new"]);
  });

  it("says that it may not end unfinished uploads, and goes on", async () => {
    const { store } = setUp();
    const missing = new HoldfastError("store", { what: "Ending uploads", why: "the right is missing" });
    store.inject("removeLeftovers", { kind: "throw-before", error: missing });
    await putObjects(store, recordOf(KILLED));
    const removed = await removeUncommitted(store, { stack: "stack" });
    expect(removed).toMatchObject({ objects: 2, refused: missing.message });
  });
});
