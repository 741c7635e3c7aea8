import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { every } from "../../test/fakes/schedules.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { DAY, HOUR, MINUTE } from "../domain/instant.ts";
import type { CommitRecord, Proof } from "../domain/recovery-point.ts";
import type { Operation, RunRecord } from "../domain/run.ts";
import { writeProof } from "./point-objects.ts";
import { StatusKeeper } from "./status-keeper.ts";

const signal = new AbortController().signal;

function setUp() {
  const shop = appWorkshop(["local", "offsite"]);
  const { clock, context, stores, store } = shop;
  const keeper = new StatusKeeper({
    context,
    jobs: [testJob({ stores: ["local", "offsite"], schedule: every(HOUR) })],
    stores,
    diskLow: {},
    stateError: () => undefined,
    isRunning: () => false,
    nextRunAt: () => undefined,
  });
  const put = (at: string, changes: Partial<CommitRecord> = {}) =>
    putPoint(store, `2026-11-20T${at}:00Z`, { stack: STACK, ...changes });
  const prove = async (record: CommitRecord, outcome: Proof["outcome"]) => {
    await clock.advance(1000);
    const at = new Date(clock.now()).toISOString();
    const problems = outcome === "failed" ? ["A frame is damaged."] : [];
    await writeProof(store, record, {
      format: 1,
      operation: "verify",
      point: record.id,
      at,
      outcome,
      problems,
    });
  };
  const seen = async () => {
    await keeper.refresh(signal);
    return keeper.status().jobs[0]?.stores[0];
  };
  return { ...shop, keeper, put, prove, seen };
}

describe("a point that a verify found damaged", () => {
  it("does not count as the newest, nor for freshness", async () => {
    const { put, prove, seen } = setUp();
    const old = await put("00:30");
    const damaged = await put("02:45");
    expect(await seen()).toMatchObject({ freshness: "fresh", newest: { id: damaged.id }, damaged: [] });
    await prove(damaged, "failed");
    expect(await seen()).toMatchObject({
      freshness: "stale",
      newest: { id: old.id },
      points: 2,
      damaged: [{ id: damaged.id, problem: "A frame is damaged." }],
    });
  });

  it("is none at all when there is no other", async () => {
    const { put, prove, seen, keeper } = setUp();
    await prove(await put("02:45"), "failed");
    expect(await seen()).toMatchObject({
      freshness: "never",
      newest: undefined,
      oldestAt: undefined,
      points: 1,
    });
    expect(keeper.status().jobs[0]?.rpo).toBeUndefined();
  });

  it("takes with it the points that hold bytes in it", async () => {
    const { put, prove, seen } = setUp();
    const full = await put("02:30");
    await put("02:45", { kind: "incremental", needs: [full.id] });
    await prove(full, "failed");
    expect(await seen()).toMatchObject({ freshness: "never", newest: undefined });
  });

  it("counts again when a later verify finds it whole", async () => {
    const { put, prove, seen } = setUp();
    const point = await put("02:45");
    await prove(point, "failed");
    await seen();
    await prove(point, "passed");
    expect(await seen()).toMatchObject({ freshness: "fresh", newest: { id: point.id }, damaged: [] });
  });
});

describe("a store of which nothing was seen", () => {
  it("is unknown before the first look, and has no number of points", () => {
    const { keeper } = setUp();
    const { fresh, jobs, stores } = keeper.status();
    expect(fresh).toBe(false);
    expect(jobs[0]?.stores.map(({ freshness, points }) => [freshness, points])).toEqual([
      ["unknown", undefined],
      ["unknown", undefined],
    ]);
    expect(stores.map(({ name, up }) => [name, up])).toEqual([
      ["local", undefined],
      ["offsite", undefined],
    ]);
  });

  it("stays unknown when it does not answer: that is not `never`", async () => {
    const { keeper, stores, put, seen } = setUp();
    await put("02:45");
    stores[0]?.inject("list", { kind: "throw-before" });
    expect(await seen()).toMatchObject({ freshness: "unknown", points: undefined, newest: undefined });
    expect(keeper.status().stores[0]).toMatchObject({ up: false });
    stores[0]?.inject("list", { kind: "throw-before" });
    expect(await seen()).toMatchObject({ freshness: "unknown" });
    expect(await seen()).toMatchObject({ freshness: "fresh", points: 1 });
  });

  it("is better than to know that a backup is missing: the job is as bad as its worst store", async () => {
    const { keeper, stores } = setUp();
    stores[0]?.inject("list", { kind: "throw-before" });
    await keeper.refresh(signal);
    expect(keeper.status().jobs[0]).toMatchObject({
      freshness: "never",
      stores: [{ freshness: "unknown" }, { freshness: "never" }],
    });
  });
});

describe("what would be lost, and how long a restore takes", () => {
  it("the RPO is the age of the newest good point in a store that answers", async () => {
    const { keeper, stores, put, prove, seen } = setUp();
    await put("02:30");
    const damaged = await put("02:45");
    await seen();
    expect(keeper.status().jobs[0]?.rpo).toBe(15 * MINUTE);
    await prove(damaged, "failed");
    await seen();
    expect(keeper.status().jobs[0]?.rpo).toBe(30 * MINUTE + 1000);
    stores[0]?.inject("list", { kind: "throw-before" });
    await seen();
    expect(keeper.status().jobs[0]?.rpo).toBeUndefined();
  });

  it("the RTO is how long the last restore or drill of a whole point took", () => {
    const { keeper, context, clock } = setUp();
    const rto = () => keeper.status().jobs[0]?.rto;
    const add = (run: Partial<RunRecord>) =>
      context.state.runs.add(runRecord({ id: JSON.stringify(run), operation: "restore", ...run }));
    expect(rto()).toBeUndefined();
    add({ durationMs: 60_000, startedAt: clock.now() - HOUR });
    expect(rto()).toBe(60_000);
    add({ durationMs: 5, outcome: "failed", startedAt: clock.now() });
    add({ durationMs: 6, sourceBytes: undefined as never, startedAt: clock.now() });
    expect(rto()).toBe(60_000);
    add({ durationMs: 90_000, operation: "drill", startedAt: clock.now() - MINUTE });
    expect(rto()).toBe(90_000);
  });

  it("the success rate is that of the backups of the last 30 days that made a point or should have", async () => {
    const { keeper, context, clock } = setUp();
    const rate = () => keeper.status().jobs[0]?.successRate;
    const add = (outcome: RunRecord["outcome"], finishedAt: number, operation: Operation = "backup") =>
      context.state.runs.add(runRecord({ id: `${outcome} ${finishedAt}`, outcome, finishedAt, operation }));
    expect(rate()).toBeUndefined();
    const now = clock.now();
    add("cancelled", now - HOUR);
    add("skipped", now - HOUR);
    expect(rate()).toBeUndefined();
    add("failed", now - 31 * DAY);
    add("failed", now - 2 * HOUR, "verify");
    add("succeeded", now - 3 * DAY);
    expect(rate()).toBe(1);
    add("failed", now - 2 * DAY);
    expect(rate()).toBe(1 / 2);
    add("partial", now - DAY);
    add("succeeded", now);
    expect(rate()).toBe(3 / 4);
    await clock.advance(28 * DAY);
    expect(rate()).toBe(2 / 3);
    await clock.advance(1.5 * DAY);
    expect(rate()).toBe(1);
  });
});
