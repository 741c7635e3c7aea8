import { describe, expect, it } from "vitest";
import { bodyOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { putPoint } from "../../test/fakes/points.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { CachedText, TextCache } from "../ports/text-cache.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { writeProof } from "./point-objects.ts";

/** What the processes that use one state directory leave to one another. */
class SharedCache implements TextCache {
  readonly lines: CachedText[] = [];

  async load(): Promise<Map<string, CachedText>> {
    return new Map(this.lines.map((each) => [each.key, each]));
  }

  async keep(_store: string, texts: readonly CachedText[], { replace }: { replace: boolean }): Promise<void> {
    this.lines.splice(replace ? 0 : this.lines.length, Infinity, ...texts);
  }
}

function workshop() {
  const inner = new MemoryStore({ name: "offsite", clock: new FakeClock("2026-11-20T12:00:00Z") });
  const store = new FaultyStore(inner);
  const cache = new SharedCache();
  /** As a new process lists; and how many objects it read. */
  const list = async (job?: string) => {
    const before = store.callsOf("get").length;
    const { points, problems } = await new Catalog(cache).listPoints(store, { stack: "stack", job });
    return { points, problems, reads: store.callsOf("get").length - before };
  };
  return { inner, store, cache, list };
}

const dayOf = (day: number) => `2026-11-${String(day).padStart(2, "0")}T03:00:00Z`;
const keyOf = ({ id }: CommitRecord) => `stack/data/${id}/recovery-point.json`;

describe("what an earlier process has read of a store", () => {
  it("is not read again, neither records nor proofs", async () => {
    const { inner, list } = workshop();
    for (const day of [1, 2, 3]) {
      const record = await putPoint(inner, dayOf(day));
      const proof = { format: 1, operation: "verify", outcome: "passed" } as const;
      await writeProof(inner, record, { ...proof, point: record.id, at: dayOf(4), problems: [] });
    }
    const first = await list();
    expect(first.reads).toBe(6);
    expect(await list()).toEqual({ ...first, reads: 0 });
    await putPoint(inner, dayOf(5));
    expect((await list()).reads).toBe(1);
    expect((await list()).points).toHaveLength(4);
  });

  it("is read again when the object is another one of the same size and time", async () => {
    const { inner, list } = workshop();
    const record = await putPoint(inner, dayOf(1));
    await list();
    const other = JSON.stringify({ ...record, warningCount: 5 });
    await inner.put(keyOf(record), bodyOf(other), { replace: true });
    expect((await list()).points[0]?.record.warningCount).toBe(5);
  });

  it("is read again when what was kept of it is damaged, and the store's word counts", async () => {
    const { inner, cache, list } = workshop();
    await putPoint(inner, dayOf(1));
    const first = await list();
    for (const each of cache.lines) each.text = each.text.replace("volume", "volumx");
    expect(await list()).toEqual(first);
    expect((await list()).reads).toBe(0);
  });

  it("is read each time from a store that does not tell one object from another", async () => {
    const { inner, cache, list, store } = workshop();
    await putPoint(inner, dayOf(1));
    const versioned = store.list.bind(store);
    store.list = async function* (prefix, options) {
      for await (const object of versioned(prefix, options)) yield { ...object, version: undefined };
    };
    expect((await list()).reads).toBe(1);
    expect((await list()).reads).toBe(1);
    expect(cache.lines).toEqual([]);
  });

  it("does not say that there is a point which the store does not list", async () => {
    const { inner, list } = workshop();
    const record = await putPoint(inner, dayOf(1));
    await list();
    await inner.delete(keyOf(record));
    expect((await list()).points).toEqual([]);
  });

  it("is dropped once most of it is of points that are gone, but not by a listing of one job", async () => {
    const { inner, cache, list } = workshop();
    const records = [];
    for (let day = 1; day <= 28; day += 1)
      for (const job of ["data", "users", "logs"]) records.push(await putPoint(inner, dayOf(day), { job }));
    await list();
    for (const { job, id } of records.slice(3)) await inner.delete(`stack/${job}/${id}/recovery-point.json`);
    await list("data");
    expect(cache.lines).toHaveLength(records.length);
    expect((await list()).points).toHaveLength(3);
    expect(cache.lines).toHaveLength(3);
    expect((await list()).reads).toBe(0);
  });
});
