import { describe, expect, it } from "vitest";
import { keysOf, textOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore, type Fault, type StoreMethod } from "../../test/fakes/faulty-store.ts";
import { ScriptedSource, type Script } from "../../test/fakes/scripted-source.ts";
import { MINUTE } from "../domain/instant.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { parseCommitRecord } from "./commit-record.ts";
import { runBackup } from "./run-backup.ts";

const SCRIPT: Script = {
  objects: {
    "archive.tar.zst": [Buffer.from("hello "), Buffer.from("world")],
    "files.jsonl.zst": [Buffer.from("{}")],
  },
};

function setUp(script: Script = SCRIPT) {
  const clock = new FakeClock("2026-11-20T03:00:00Z");
  const stores = ["local", "offsite", "third"].map(
    (name) => new FaultyStore(new MemoryStore({ name, clock })),
  );
  const source = new ScriptedSource(script);
  const abort = new AbortController();
  const run = (to: readonly Store[] = stores) =>
    runBackup({
      stack: "s",
      job: "data",
      source,
      stores: to.map((store) => ({
        store,
        lock: { signal: new AbortController().signal, check: () => undefined },
      })),
      previous: undefined,
      encryption: undefined,
      clock,
      signal: abort.signal,
      tool: { name: "holdfast", version: "1" },
    });
  return { clock, stores, source, abort, run };
}

async function recordIn(store: Store): Promise<CommitRecord | undefined> {
  const key = (await keysOf(store)).find((name) => name.endsWith("recovery-point.json"));
  return key === undefined ? undefined : parseCommitRecord(await textOf(store.get(key)), key);
}

describe("a backup", () => {
  it("makes the same point in every store, with size and digest of each object", async () => {
    const { stores, run } = setUp();
    const { record } = await run();
    expect(record.id).toMatch(/^20261120T030000Z-[0-9a-f]{4}$/);
    expect(record.objects.map(({ name, size }) => [name, size])).toEqual([
      ["archive.tar.zst", 11],
      ["files.jsonl.zst", 2],
    ]);
    for (const store of stores) {
      expect(await recordIn(store)).toEqual(record);
      expect(await textOf(store.get(`s/data/${record.id}/archive.tar.zst`))).toBe("hello world");
    }
  });

  it("writes the commit record after everything else was written and read back", async () => {
    const { stores, run } = setUp();
    await run();
    const [store] = stores;
    expect(store?.callsOf("put").at(-1)).toMatch(/recovery-point\.json$/);
  });

  it("leaves nothing in any store when the source fails at the very end", async () => {
    const { stores, run } = setUp({
      ...SCRIPT,
      failure: new Error("pg_dump exited with 1"),
    });
    await expect(run()).rejects.toThrow("pg_dump exited with 1");
    for (const store of stores) expect(await keysOf(store)).toEqual([]);
  });

  it("leaves nothing when it is cancelled in the middle", async () => {
    const abortInTheMiddle = Promise.withResolvers<void>();
    const { stores, run, abort } = setUp({
      ...SCRIPT,
      pause: abortInTheMiddle.promise,
    });
    const outcome = expect(run()).rejects.toMatchObject({ code: "cancelled" });
    abort.abort();
    abortInTheMiddle.resolve();
    await outcome;
    for (const store of stores) expect(await keysOf(store)).toEqual([]);
  });
});

const FAULTS: [string, StoreMethod, Fault][] = [
  ["refuses the object", "put", { kind: "throw-before" }],
  ["is full", "put", { kind: "no-space", after: 3 }],
  ["silently cuts the object", "put", { kind: "cut-body", at: 4 }],
  ["silently flips a bit", "put", { kind: "flip-byte", at: 2 }],
  ["silently drops the object", "put", { kind: "drop" }],
  ["cannot be read back", "get", { kind: "throw-before" }],
];

describe.each(FAULTS)("a store that %s", (_name, method, fault) => {
  it("gets no point, and the other stores are not touched by it", async () => {
    const { stores, run } = setUp();
    stores[1]?.inject(method, fault);
    const { stores: results } = await run();
    expect(results.map(({ outcome }) => outcome)).toEqual(["succeeded", "failed", "succeeded"]);
    expect(results[1]?.error).toBeTruthy();
    expect(await recordIn(stores[0] as Store)).toBeDefined();
    expect(await keysOf(stores[1] as Store)).toEqual([]);
  });

  it("fails the run when it is the only one", async () => {
    const { stores, run } = setUp();
    stores[0]?.inject(method, fault);
    await expect(run(stores.slice(0, 1))).rejects.toThrow();
    expect(await keysOf(stores[0] as Store)).toEqual([]);
  });
});

describe("an object that is read back and is not what was written", () => {
  it.each([
    ["cut", { kind: "cut-body", at: 5 } as const, "it was cut: it has 5 bytes instead of"],
    ["changed", { kind: "flip-byte", at: 5 } as const, "bytes of it were changed in place"],
  ])("is told as a verify tells it: %s", async (_, fault, says) => {
    const { stores, run } = setUp();
    const [store] = stores as [FaultyStore];
    store.inject("put", fault, { key: /archive/ });
    await expect(run([store])).rejects.toThrow(says);
  });

  it("and is, when it is read again, is not committed either", async () => {
    const { stores, run } = setUp();
    const [store] = stores as [FaultyStore];
    store.inject("get", { kind: "flip-byte", at: 5 }, { key: /archive/ });
    await expect(run([store])).rejects.toThrow("when it was read first, and is when it is read again");
    expect(await keysOf(store)).toEqual([]);
  });
});

describe("the commit record", () => {
  it("counts as written when only the store's answer was lost", async () => {
    const { stores, run } = setUp();
    stores[0]?.inject("put", { kind: "throw-after" }, { key: /recovery-point/ });
    const { stores: results } = await run();
    expect(results[0]?.outcome).toBe("succeeded");
  });

  it("is taken back, before its objects, when what is stored is not what was sent", async () => {
    const { stores, run } = setUp();
    const [store] = stores as [FaultyStore];
    store.inject("put", { kind: "flip-byte", at: 5 }, { key: /recovery-point/ });
    await expect(run([store])).rejects.toThrow(/digest/);
    expect(await keysOf(store)).toEqual([]);
    expect(store.callsOf("delete")[0]).toMatch(/recovery-point\.json$/);
  });

  it("keeps its objects when it can neither be confirmed nor deleted: listed stays restorable", async () => {
    const { stores, run } = setUp();
    const [store] = stores as [FaultyStore];
    store.inject("get", { kind: "throw-before" }, { key: /recovery-point/ });
    store.inject("delete", { kind: "throw-before" }, { key: /recovery-point/ });
    await expect(run([store])).rejects.toThrow();
    expect((await keysOf(store)).map((key) => key.split("/").at(-1)).sort()).toEqual([
      "archive.tar.zst",
      "files.jsonl.zst",
      "recovery-point.json",
    ]);
  });
});

describe("a store that accepts nothing", () => {
  it("is given up after five minutes, and the others get the point", async () => {
    const chunks = Array.from({ length: 10 }, () => new Uint8Array(2 * 1024 * 1024));
    const { stores, run, clock } = setUp({
      objects: { "archive.tar.zst": chunks },
    });
    stores[1]?.inject("put", { kind: "hang" });
    const outcome = run();
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(6 * MINUTE);
    const { stores: results } = await outcome;
    expect(results.map(({ outcome: of }) => of)).toEqual(["succeeded", "failed", "succeeded"]);
    expect(results[1]?.error).toContain("no answer within 300 s");
  });
});
