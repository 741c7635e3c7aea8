import { describe, expect, it } from "vitest";
import { bodyOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { putObjects, putPoint, recordOf } from "../../test/fakes/points.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { pin, unpin, writeProof } from "./point-objects.ts";

const DAYS = ["2026-11-18T03:00:00Z", "2026-11-19T03:00:00Z", "2026-11-20T03:00:00Z"] as const;

function setUp() {
  const clock = new FakeClock("2026-11-20T12:00:00Z");
  const inner = new MemoryStore({ name: "local", clock });
  const store = new FaultyStore(inner, clock);
  return { clock, inner, store, catalog: new Catalog() };
}

/** How many objects are read at once, each for a moment. */
class CountedReads extends FaultyStore {
  most = 0;
  #now = 0;
  readonly #versions: boolean;

  constructor(inner: MemoryStore, versions: boolean) {
    super(inner);
    this.#versions = versions;
  }

  override async *get(key: string): AsyncGenerator<Uint8Array, void, undefined> {
    this.most = Math.max(this.most, ++this.#now);
    await new Promise(setImmediate);
    yield* super.get(key);
    this.#now--;
  }

  override async *list(prefix: string) {
    for await (const { version, ...object } of super.list(prefix))
      yield { ...object, ...(this.#versions ? { version } : {}) };
  }
}

const folderOf = ({ stack, job, id }: CommitRecord) => `${stack}/${job}/${id}/`;
const replaceRecord = (store: MemoryStore, record: CommitRecord, text: string) =>
  store.put(`${folderOf(record)}recovery-point.json`, bodyOf(text), { replace: true });

describe("the catalog", () => {
  it("is empty for an empty store", async () => {
    const { store, catalog } = setUp();
    expect(await catalog.listPoints(store, { stack: "stack" })).toEqual({ points: [], problems: [] });
  });

  it("lists the points of all jobs of the stack, newest first, with what their records say", async () => {
    const { store, catalog } = setUp();
    const oldest = await putPoint(store, DAYS[0], { job: "users" });
    const newest = await putPoint(store, DAYS[2]);
    await putPoint(store, DAYS[1], { job: "users" });
    await putPoint(store, DAYS[1], { stack: "stack-2" });
    const { points, problems } = await catalog.listPoints(store, { stack: "stack" });
    expect(problems).toEqual([]);
    expect(points.map(({ job }) => job)).toEqual(["data", "users", "users"]);
    expect(points[0]).toEqual({
      store: "local",
      job: "data",
      id: newest.id,
      startedAt: Date.parse(DAYS[2]),
      finishedAt: Date.parse(DAYS[2]) + 60_000,
      record: newest,
      pinned: false,
      lastProof: undefined,
    });
    expect(points[2]?.record).toEqual(oldest);
  });

  it("reads the records of an object store many at once, and of others a few", async () => {
    for (const [versions, atOnce] of [
      [true, 32],
      [false, 8],
    ] as const) {
      const { inner, catalog } = setUp();
      for (let hour = 0; hour < 40; hour++)
        await putPoint(inner, new Date(Date.parse(DAYS[0]) + hour * 3_600_000).toISOString());
      const reads = new CountedReads(inner, versions);
      await catalog.listPoints(reads, { stack: "stack" });
      expect(reads.most).toBe(atOnce);
    }
  });

  it("lists one job's points only, when asked for one, and not those of a job whose name begins the same", async () => {
    const { store, catalog } = setUp();
    await putPoint(store, DAYS[0]);
    await putPoint(store, DAYS[1], { job: "data-2" });
    const { points } = await catalog.listPoints(store, { stack: "stack", job: "data" });
    expect(points.map(({ job }) => job)).toEqual(["data"]);
  });

  it("does not list what was never committed, nor locks and other files", async () => {
    const { store, catalog } = setUp();
    await putObjects(store, recordOf(DAYS[0]));
    for (const key of [
      "stack/.locks/one.json",
      "stack/README",
      "stack/data/notes.txt",
      "stack/data/odd/file",
    ]) {
      await store.put(key, bodyOf("{}"));
    }
    expect(await catalog.listPoints(store, { stack: "stack" })).toEqual({ points: [], problems: [] });
  });

  it("knows which points are pinned, and the newest proof of each", async () => {
    const { clock, store, catalog } = setUp();
    const record = await putPoint(store, DAYS[0]);
    const proof = { format: 1, operation: "verify" as const, point: record.id, problems: [] };
    await writeProof(store, record, { ...proof, at: "2026-11-20T05:00:00.000Z", outcome: "passed" });
    await writeProof(store, record, { ...proof, at: "2026-11-19T05:00:00.000Z", outcome: "failed" });
    await pin(store, record, { at: clock.now() });
    const [point] = (await catalog.listPoints(store, { stack: "stack" })).points;
    expect(point).toMatchObject({ pinned: true, lastProof: { outcome: "passed" } });
    await unpin(store, record);
    await writeProof(store, record, { ...proof, at: "2026-11-20T06:00:00.000Z", outcome: "failed" });
    const [later] = (await catalog.listPoints(store, { stack: "stack" })).points;
    expect(later).toMatchObject({ pinned: false, lastProof: { outcome: "failed" } });
  });

  it("reads each record once: later listings read only what is new, and forget what is gone", async () => {
    const { store, catalog } = setUp();
    const first = await putPoint(store, DAYS[0]);
    await putPoint(store, DAYS[1]);
    await catalog.listPoints(store, { stack: "stack" });
    expect(store.callsOf("get")).toHaveLength(2);
    await putPoint(store, DAYS[2]);
    await store.delete(`${folderOf(first)}recovery-point.json`);
    const { points } = await catalog.listPoints(store, { stack: "stack" });
    expect(points.map(({ startedAt }) => startedAt)).toEqual([Date.parse(DAYS[2]), Date.parse(DAYS[1])]);
    expect(store.callsOf("get")).toHaveLength(3);
    expect(store.callsOf("list")).toHaveLength(2);
  });

  it("keeps apart what it remembers of different stores and of replaced objects", async () => {
    const { clock, inner, store, catalog } = setUp();
    const record = await putPoint(store, DAYS[0]);
    await catalog.listPoints(store, { stack: "stack" });
    const offsite = new MemoryStore({ name: "offsite", clock });
    await putPoint(offsite, DAYS[0], { totals: { ...record.totals, files: 77 } });
    expect((await catalog.listPoints(offsite, { stack: "stack" })).points[0]?.record.totals.files).toBe(77);
    expect((await catalog.listPoints(store, { stack: "stack" })).points[0]?.record.totals.files).toBe(1);
    await clock.advance(1000);
    await replaceRecord(inner, record, JSON.stringify({ ...record, warningCount: 5 }));
    expect((await catalog.listPoints(store, { stack: "stack" })).points[0]?.record.warningCount).toBe(5);
  });

  it("accepts keys that a newer writer of the same format added", async () => {
    const { inner, catalog } = setUp();
    const record = await putPoint(inner, DAYS[0]);
    const warning = { path: "a", problem: "teleported", message: "a was teleported" };
    await replaceRecord(inner, record, JSON.stringify({ ...record, mood: "fine", warnings: [warning] }));
    const { points, problems } = await catalog.listPoints(inner, { stack: "stack" });
    expect(problems).toEqual([]);
    expect(points[0]?.record.warnings[0]?.message).toBe("a was teleported");
  });
});

describe("a store in trouble", () => {
  it("fails the listing as a whole when it cannot be listed or does not answer in passing", async () => {
    const { store, catalog } = setUp();
    await putPoint(store, DAYS[0]);
    for (const fault of [{ kind: "throw-before" }, { kind: "throw-after", items: 1 }] as const) {
      store.inject("list", fault);
      await expect(catalog.listPoints(store, { stack: "stack" })).rejects.toMatchObject({ transient: true });
    }
    store.inject("get", { kind: "throw-before" });
    await expect(catalog.listPoints(store, { stack: "stack" })).rejects.toMatchObject({ transient: true });
    expect((await catalog.listPoints(store, { stack: "stack" })).points).toHaveLength(1);
  });

  it("costs only the point whose record it cannot read for good", async () => {
    const { store, catalog } = setUp();
    const broken = await putPoint(store, DAYS[0]);
    await putPoint(store, DAYS[1]);
    const error = new HoldfastError("store", { what: "Reading", why: "the disk has an input/output error" });
    store.inject("get", { kind: "throw-before", error }, { key: new RegExp(broken.id) });
    const { points, problems } = await catalog.listPoints(store, { stack: "stack" });
    expect(points).toHaveLength(1);
    expect(problems).toMatchObject([{ store: "local", job: "data", id: broken.id, kind: "unreadable" }]);
  });

  it("is left at once when the caller cancels", async () => {
    const { store, catalog } = setUp();
    await putPoint(store, DAYS[0]);
    store.inject("get", { kind: "hang" });
    const signal = AbortSignal.timeout(1);
    await expect(catalog.listPoints(store, { stack: "stack", signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
