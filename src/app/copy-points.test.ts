import { describe, expect, it } from "vitest";
import { keysOf } from "../../test/contract/bytes.ts";
import { AbortingStore } from "../../test/fakes/aborting-store.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore, transientError } from "../../test/fakes/faulty-store.ts";
import { putPoint } from "../../test/fakes/points.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { copyPoints, type CopyingRequest } from "./copy-points.ts";
import { pin } from "./point-objects.ts";
import { planCopying } from "./points-to-copy.ts";

const SCOPE = { stack: "stack", job: "data" };
const startOf = (day: number) => `2026-11-0${day}T03:00:00Z`;

/** A full of the first of the month, an incremental on the second that needs it, one on the third that needs both; a full on the fourth. */
async function setUp() {
  const clock = new FakeClock();
  const [local, nas, to] = ["local", "nas", "offsite"].map(
    (name) => new FaultyStore(new MemoryStore({ name, clock })),
  ) as [FaultyStore, FaultyStore, FaultyStore];
  const ids: string[] = [];
  for (const [at, needs] of [[], [0], [0, 1], []].entries()) {
    const changes = { needs: needs.map((needed) => ids[needed] ?? "") };
    for (const store of [local, nas]) await putPoint(store, startOf(at + 1), changes);
    ids.push((await pointsIn(local))[0]?.id ?? "");
  }
  const abort = new AbortController();
  const copy = async (changes: Partial<CopyingRequest> = {}, from: Store[] = [local, nas]) => {
    const there = await pointsIn(to);
    const sources = await Promise.all(from.map(async (store) => ({ store, points: await pointsIn(store) })));
    const lock = { signal: new AbortController().signal, check: () => undefined };
    return copyPoints({
      ...{ clock, there, signal: abort.signal, to: { store: to, lock } },
      plan: planCopying(ids, { target: there, sources }),
      ...changes,
    });
  };
  return { clock, local, nas, to, ids, abort, copy };
}

async function pointsIn(store: Store): Promise<CatalogPoint[]> {
  const { points, problems } = await new Catalog().listPoints(store, SCOPE);
  expect(problems).toEqual([]);
  return points;
}

async function idsIn(store: Store): Promise<string[]> {
  return (await pointsIn(store)).map(({ id }) => id).reverse();
}

describe("copying points", () => {
  it("brings all that is missing, and nothing twice", async () => {
    const { copy, to, ids } = await setUp();
    expect((await copy()).copied.map(({ id }) => id)).toEqual(ids);
    expect(await idsIn(to)).toEqual(ids);
    const again = to.callsOf("put").length;
    expect(await copy()).toMatchObject({ copied: [], problems: [], failure: undefined });
    expect(to.callsOf("put").length).toBe(again);
  });

  it("tells how far it is", async () => {
    const { copy } = await setUp();
    const told: { bytes: number; totalBytes: number }[] = [];
    await copy({ onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)?.bytes).toBe(told.at(-1)?.totalBytes);
    expect(told.map(({ bytes }) => bytes)).toEqual(told.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
  });

  it("begins nothing more when it may not, and says what is left", async () => {
    const { copy, ids, to } = await setUp();
    let asked = 0;
    const { left } = await copy({ mayBegin: () => ++asked <= 2 });
    expect(left).toEqual(ids.slice(2));
    expect(await idsIn(to)).toEqual(ids.slice(0, 2));
  });

  it("keeps pinned what is pinned", async () => {
    const { copy, local, to } = await setUp();
    const [newest] = await pointsIn(local);
    if (newest !== undefined) await pin(local, newest.record, { at: 0 });
    await copy();
    expect((await pointsIn(to)).map(({ pinned }) => pinned)).toEqual([true, false, false, false]);
  });
});

describe("a copy that is cut off", () => {
  it("at any operation of the store has brought only what can be restored, and brings the rest when it is repeated", async () => {
    const operations = await cutOff(Infinity);
    expect(operations).toBeGreaterThan(20);
    for (let at = 1; at <= operations; at++) await cutOff(at);
  });

  async function cutOff(at: number): Promise<number> {
    const { copy, to, ids } = await setUp();
    const aborting = new AbortingStore(to, at);
    const lock = { signal: new AbortController().signal, check: () => undefined };
    const result = await copy({ to: { store: aborting, lock }, signal: aborting.signal });
    expect(await idsIn(to)).toEqual(result.copied.map(({ id }) => id));
    await copy();
    expect(await idsIn(to)).toEqual(ids);
    return aborting.operations;
  }
});

describe("a point that is damaged where it comes from", () => {
  it("comes from another store, and the damage is told", async () => {
    const { copy, local, to, ids } = await setUp();
    local.inject("get", { kind: "flip-byte", at: 1 }, { key: /archive/ });
    const damaged: string[] = [];
    const onDamaged = async (store: Store, { id }: CatalogPoint) =>
      void damaged.push(`${id} in ${store.name}`);
    const { copied, problems } = await copy({ onDamaged });
    expect(copied.map(({ from }) => from)).toEqual(["nas", "local", "local", "local"]);
    expect(damaged).toEqual([`${ids[0]} in local`]);
    expect(problems).toEqual([]);
    expect(await idsIn(to)).toEqual(ids);
  });

  it("is left out where there is no other, with what needs it; the rest is copied", async () => {
    const { copy, local, to, ids } = await setUp();
    local.inject("get", { kind: "flip-byte", at: 1 }, { key: /archive/ });
    const { problems } = await copy({}, [local]);
    expect(await idsIn(to)).toEqual([ids[3]]);
    expect(problems).toEqual([
      expect.stringMatching(/^Copying local:\S+archive\.tar\.zst failed: it is not what/) as string,
      `${ids[1]} is not copied to offsite: it needs ${ids[0]}, which is not there.`,
      `${ids[2]} is not copied to offsite: it needs ${ids[0]}, which is not there.`,
    ]);
  });

  it("is not copied for a point that was made with another one by the same name", async () => {
    const { copy, to, ids } = await setUp();
    await putPoint(to, startOf(1), { objects: [] });
    const { problems, copied } = await copy();
    expect(copied.map(({ id }) => id)).toEqual([ids[3]]);
    expect(problems[0]).toBe(
      `${ids[1]} is not copied to offsite: it needs ${ids[0]}, which is another point there.`,
    );
  });
});

it("trouble of the store that is copied to ends it: what is there stays, and nothing else is tried", async () => {
  const { copy, to, ids } = await setUp();
  to.inject(
    "put",
    { kind: "throw-before", error: transientError() },
    { key: new RegExp(`${ids[1]}.*archive`) },
  );
  const { failure, copied } = await copy();
  expect(failure?.message).toMatch(/the connection was reset/);
  expect(copied.map(({ id }) => id)).toEqual([ids[0]]);
  expect((await keysOf(to)).filter((key) => !key.includes(ids[0] ?? ""))).toEqual([]);
});
