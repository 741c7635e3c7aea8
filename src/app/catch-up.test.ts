import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { transientError, type FaultyStore } from "../../test/fakes/faulty-store.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import { HoldfastError } from "../domain/errors.ts";
import { DAY, HOUR } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { backupJob } from "./backup-job.ts";

const NAMES = ["local", "nas", "offsite"];
const DOWN = new HoldfastError("store", {
  what: "Opening the store",
  why: "nobody answers",
  transient: true,
});

function setUp() {
  const shop = appWorkshop(NAMES);
  const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("the archive")] } });
  const copied: string[] = [];
  const { context, stores, clock } = shop;
  context.observer = {
    ...context.observer,
    pointsCopied: ({ store, points }) => copied.push(...points.map((id) => `${id} to ${store}`)),
  };
  const back = async (overrides: Partial<Job> = {}) => {
    await clock.advance(DAY);
    const job = testJob({ stores: NAMES, ...overrides });
    const request = {
      job,
      source,
      stores,
      trigger: "schedule" as const,
      signal: new AbortController().signal,
    };
    const { run, report } = await backupJob(context, request);
    return { run, id: report?.record.id ?? "" };
  };
  const pointsIn = async (at: number) => {
    const { points, problems } = await context.catalog.listPoints(stores[at] as FaultyStore, {
      stack: STACK,
    });
    expect(problems).toEqual([]);
    return points;
  };
  const idsIn = async (at: number) => (await pointsIn(at)).map(({ id }) => id).reverse();
  return { ...shop, offsite: stores[2] as FaultyStore, source, copied, back, pointsIn, idsIn };
}

describe("a store that was away", () => {
  it("gets what it missed from the others in the first run that finds it back", async () => {
    const { back, offsite, idsIn, copied, context } = setUp();
    const first = await back();
    offsite.inject("list", { kind: "throw-before", error: DOWN }, { times: 3 });
    const missed = [];
    for (let run = 0; run < 3; run++) {
      const { run: ended, id } = await back();
      expect(ended).toMatchObject({ outcome: "partial" });
      expect(ended.stores.filter(({ outcome }) => outcome === "failed")).toMatchObject([
        { store: "offsite" },
      ]);
      missed.push(id);
    }
    const last = await back();
    expect(last.run).toMatchObject({ outcome: "succeeded" });
    expect(await idsIn(2)).toEqual([first.id, ...missed, last.id]);
    expect(copied).toEqual(missed.map((id) => `${id} to offsite`));
    expect(context.state.audit.recent(1)[0]).toMatchObject({ outcome: "succeeded" });
  });

  it("gets only what its retention keeps", async () => {
    const { back, offsite, idsIn } = setUp();
    await back();
    offsite.inject("list", { kind: "throw-before", error: DOWN }, { times: 3 });
    const ids = [];
    for (let run = 0; run < 4; run++) ids.push((await back({ retention: { last: 2 } })).id);
    expect(await idsIn(2)).toEqual(ids.slice(-2));
    expect(await idsIn(0)).toEqual(ids.slice(-2));
  });

  it("gets the rest in the next runs, when an hour has passed over the first", async () => {
    const { back, offsite, idsIn, stores, clock, warnings } = setUp();
    const ids = [(await back()).id];
    offsite.inject("list", { kind: "throw-before", error: DOWN }, { times: 3 });
    for (let run = 0; run < 3; run++) ids.push((await back()).id);
    // The one step of a copy that may take so long, for it has no limit of its own.
    const [local] = stores as [FaultyStore];
    const get = local.get.bind(local);
    local.get = async function* (key, ...rest) {
      if (key.endsWith(`${ids[1]}/recovery-point.json`)) await clock.advance(HOUR);
      yield* get(key, ...rest);
    };
    const { run, id } = await back();
    expect(run.outcome).toBe("succeeded");
    expect(warnings.at(-1)).toBe("offsite still lacks 2 points that it missed: the next runs copy them.");
    expect(await idsIn(2)).toEqual([ids[0], ids[1], id]);
    const last = await back();
    expect(await idsIn(2)).toEqual([...ids, id, last.id]);
  });

  it("makes the run partial when it fails again while it is caught up, and is healed by the next", async () => {
    const { back, offsite, idsIn } = setUp();
    const ids = [(await back()).id];
    offsite.inject("list", { kind: "throw-before", error: DOWN });
    ids.push((await back()).id);
    offsite.inject("put", { kind: "throw-before", error: DOWN }, { key: new RegExp(ids[1] ?? "") });
    const third = await back();
    expect(third.run).toMatchObject({ outcome: "partial", reason: DOWN.message });
    expect(third.run.stores.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded"]);
    ids.push(third.id, (await back()).id);
    expect(await idsIn(2)).toEqual(ids);
  });
});

describe("a store that has failed in passing while the point was written", () => {
  it("gets it by a copy in the same run, which has succeeded then", async () => {
    const { back, offsite, idsIn, warnings, copied } = setUp();
    offsite.inject("put", { kind: "throw-after", error: transientError() }, { key: /archive/ });
    const { run, id } = await back();
    expect(run).toMatchObject({ outcome: "succeeded" });
    expect(run.stores.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(await idsIn(2)).toEqual([id]);
    expect(copied).toEqual([`${id} to offsite`]);
    expect(warnings).toEqual([
      expect.stringMatching(/was reset\. The point was copied there from another store\.$/),
    ]);
  });

  it("has no point when the copy fails, too, and the run is partial with both reasons", async () => {
    const { back, offsite, idsIn } = setUp();
    offsite.inject("put", { kind: "throw-before", error: transientError() }, { key: /archive/ });
    offsite.inject("put", { kind: "throw-before", error: DOWN }, { key: /archive/, call: 2 });
    const { run } = await back();
    expect(run.outcome).toBe("partial");
    expect(run.reason).toMatch(/offsite failed: .*was reset\. Then: .*nobody answers/);
    expect(await idsIn(2)).toEqual([]);
  });

  it("is not tried again where trying again mends nothing", async () => {
    const { back, offsite, idsIn } = setUp();
    offsite.inject("put", { kind: "no-space", after: 3 }, { key: /archive/ });
    expect((await back()).run).toMatchObject({ outcome: "partial" });
    expect(offsite.callsOf("put").filter((key) => key.endsWith("archive.tar.zst"))).toHaveLength(1);
    expect(await idsIn(2)).toEqual([]);
  });
});

describe("a point that is damaged in the store it would come from", () => {
  it("is told once, and is known to be damaged there from then on", async () => {
    const { back, offsite, stores, idsIn, context } = setUp();
    const ids = [(await back()).id];
    offsite.inject("list", { kind: "throw-before", error: DOWN });
    ids.push((await back()).id);
    for (const store of stores.slice(0, 2))
      store.inject("get", { kind: "flip-byte", at: 2 }, { key: new RegExp(`${ids[1]}/archive`), times: 2 });
    const third = await back();
    expect(third.run).toMatchObject({ outcome: "partial" });
    expect(third.run.reason).toMatch(/^Copying local:.* Copying nas:/);
    const { points } = await context.catalog.listPoints(stores[0] as FaultyStore, { stack: STACK });
    expect(points.find(({ id }) => id === ids[1])?.lastProof).toMatchObject({ outcome: "failed" });
    expect((await back()).run).toMatchObject({ outcome: "succeeded" });
    expect(await idsIn(2)).not.toContain(ids[1]);
  });
});
