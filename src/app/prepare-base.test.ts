import { describe, expect, it } from "vitest";

import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import { DAY, MINUTE } from "../domain/instant.ts";
import { INDEX_OBJECT } from "../domain/recovery-point.ts";
import type { Schedule } from "../domain/schedule.ts";
import { backupJob } from "./backup-job.ts";

const NEVER_DUE: Schedule = {
  expression: "weekly",
  timezone: "UTC",
  next: (after) => after + DAY,
  previous: () => undefined,
};

function setUp(storeNames = ["local"]) {
  const shop = appWorkshop(storeNames);
  const source = new ScriptedSource({
    objects: { "archive.tar.zst": [Buffer.from("archive")], [INDEX_OBJECT]: [Buffer.from("index")] },
  });
  const back = async (options: { full?: boolean; stores?: typeof shop.stores } = {}) => {
    const { signal } = new AbortController();
    const job = testJob({ stores: storeNames, full: NEVER_DUE, recheck: 0.5 });
    const { stores } = shop;
    const run = await backupJob(shop.context, {
      stores,
      source,
      job,
      trigger: "command",
      signal,
      ...options,
    });
    await shop.clock.advance(MINUTE);
    if (run.report === undefined) throw run.error ?? new Error("no report");
    return run.report.record;
  };
  const indexOf = (id: string) => new RegExp(`${id}/${INDEX_OBJECT}$`);
  return { ...shop, source, back, indexOf };
}

describe("a run of a job with incremental points", () => {
  it("gives the source the newest point and a local copy of its index, which it need not fetch", async () => {
    const { source, back, clock, indexes } = setUp();
    const first = await back();
    const now = clock.now();
    await back();
    expect(source.captures[0]?.base).toBeUndefined();
    expect(source.captures[1]?.base).toMatchObject({ record: { id: first.id }, recheck: 0.5, now });
    expect(indexes.fetches).toBe(0);
  });

  it("fetches the index from a store when the state is lost", async () => {
    const { source, back, indexes } = setUp();
    await back();
    indexes.kept.clear();
    await back();
    expect(source.captures[1]?.base).toBeDefined();
    expect(indexes.fetches).toBe(1);
  });

  it("takes the index from the store that gives it whole", async () => {
    const { source, back, indexes, stores, indexOf } = setUp(["local", "offsite"]);
    const first = await back();
    indexes.kept.clear();
    stores[0]?.inject("get", { kind: "flip-byte", at: 2 }, { key: indexOf(first.id) });
    await back();
    expect(source.captures[1]?.base).toBeDefined();
  });

  it("is a full that says why when no store gives the index", async () => {
    const { source, back, indexes, store, indexOf, warnings } = setUp();
    const first = await back();
    indexes.kept.clear();
    store.inject("get", { kind: "throw-before" }, { key: indexOf(first.id) });
    const second = await back();
    expect(source.captures[1]?.base).toBeUndefined();
    expect(second.capture["fullBecause"]).toMatch(new RegExp(`^the index of ${first.id} could not be read`));
    expect(warnings.join()).toMatch(/Everything is read again, because the index/);
  });

  it("is a full when somebody asks for one", async () => {
    const { source, back } = setUp();
    await back();
    expect((await back({ full: true })).capture["fullBecause"]).toBe("it was asked for");
    expect(source.captures[1]?.base).toBeUndefined();
  });

  it("builds on nothing that a store of the run has missed", async () => {
    const { source, back, stores } = setUp(["local", "offsite"]);
    const first = await back();
    const [local] = stores;
    await back({ stores: local === undefined ? [] : [local] });
    await back();
    expect(source.captures.map(({ base }) => base?.record.id)).toEqual([undefined, first.id, first.id]);
  });
});
