import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint, recordOf } from "../../test/fakes/points.ts";
import type { Job } from "../domain/job.ts";
import { planPruning, pruneJob } from "./prune-job.ts";

const signal = new AbortController().signal;
const DAYS = ["2026-11-17T03:00:00Z", "2026-11-18T03:00:00Z", "2026-11-19T03:00:00Z"];

async function setUp(storeNames = ["local"], overrides: Partial<Job> = {}) {
  const shop = appWorkshop(storeNames);
  for (const store of shop.stores) for (const day of DAYS) await putPoint(store, day, { stack: STACK });
  const job = testJob({ stores: storeNames, retention: { last: 1 }, ...overrides });
  const idsIn = async (at = 0) => {
    const store = shop.stores[at];
    const listing = store && (await shop.context.catalog.listPoints(store, { stack: STACK }));
    return listing?.points.map(({ id }) => id);
  };
  const prune = () => pruneJob(shop.context, { job, stores: shop.stores, trigger: "command", signal });
  return { ...shop, job, idsIn, prune, ids: DAYS.map((day) => recordOf(day).id) };
}

describe("a prune", () => {
  it("removes what the policy does not keep, in every store", async () => {
    const { prune, idsIn, ids } = await setUp(["local", "offsite"]);
    const { run, report } = await prune();
    expect(run.outcome).toBe("succeeded");
    expect(report?.pruned.map(({ removed }) => removed.length)).toEqual([2, 2]);
    expect([await idsIn(0), await idsIn(1)]).toEqual([[ids[2]], [ids[2]]]);
  });

  it("keeps what a restore reads, and what that needs", async () => {
    const { prune, idsIn, ids, context, store } = await setUp();
    const use = await context.locks.use(store, { operation: "restore", points: [ids[0] ?? ""], signal });
    const { report } = await prune();
    expect(await idsIn()).toEqual([ids[2], ids[0]]);
    const kept = report?.pruned[0]?.decisions.find(({ id }) => id === ids[0]);
    expect(kept?.reasons.join()).toMatch(/in use/);
    await use.release();
    await prune();
    expect(await idsIn()).toEqual([ids[2]]);
  });

  it("is partial when one store fails, and fails when all do", async () => {
    const { prune, stores, idsIn } = await setUp(["local", "offsite"]);
    stores[1]?.inject("delete", { kind: "throw-before" }, { key: /recovery-point/, times: 9 });
    expect((await prune()).run.outcome).toBe("partial");
    expect(await idsIn(1)).toHaveLength(3);
  });

  it("only plans when it is a dry run", async () => {
    const { context, job, stores, idsIn } = await setUp();
    const [plan] = await planPruning(context, { job, stores, signal });
    expect(plan?.decisions.filter(({ action }) => action === "remove")).toHaveLength(2);
    expect(await idsIn()).toHaveLength(3);
  });
});
