import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint, recordOf } from "../../test/fakes/points.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import { adoptArchive, adoptedIn, disownArchive, foreignIn, USUAL_BEGINNING } from "./adopted-archives.ts";
import { planPruning, pruneJob } from "./prune-job.ts";
import { once } from "./small-object.ts";

const signal = new AbortController().signal;
const scope = { stack: STACK, signal };
const DAYS = ["2026-11-18T03:00:00Z", "2026-11-19T03:00:00Z"];
const archiveOf = (day: string) => `backup-${day}T04-00-00.tar.gz`;
const [OLDEST, OLD, NEWER] = ["2026-11-01", "2026-11-10", "2026-11-17"].map(archiveOf) as [
  string,
  string,
  string,
];

async function setUp(retention: RetentionPolicy = { last: 3 }) {
  const shop = appWorkshop(["local"]);
  const { store } = shop;
  for (const day of DAYS) await putPoint(store, day, { stack: STACK });
  for (const name of [OLDEST, OLD, NEWER, "notes.txt"]) await store.put(name, once(Buffer.from(name)));
  const job = testJob({ stores: ["local"], retention });
  const prune = async () => {
    const { report, error } = await pruneJob(shop.context, {
      ...{ job, stores: shop.stores, trigger: "command", signal },
    });
    if (error !== undefined) throw error;
    return report?.pruned[0];
  };
  const adopt = async (...names: string[]) => {
    for (const archive of await foreignIn(store, { beginning: USUAL_BEGINNING, signal }))
      if (names.includes(archive.name)) await adoptArchive(store, { ...archive, job: job.name }, scope);
  };
  const archives = async () =>
    (await foreignIn(store, { beginning: USUAL_BEGINNING, signal })).map(({ name }) => name);
  const points = async () =>
    (await shop.context.catalog.listPoints(store, { stack: STACK })).points.map(({ id }) => id);
  return { ...shop, job, prune, adopt, archives, points };
}

describe("archives of another tool", () => {
  it("are found beside the points, and never pruned as long as no job has adopted them", async () => {
    const { prune, archives } = await setUp({ last: 1 });
    await prune();
    expect(await archives()).toEqual([NEWER, OLD, OLDEST]);
  });

  it("go by the rules of the job that adopted them, each as a point of its own", async () => {
    const { prune, adopt, archives, store, job } = await setUp();
    await adopt(OLDEST, OLD, NEWER);
    const pruned = await prune();
    expect(pruned?.removed).toEqual([OLDEST, OLD]);
    expect(await archives()).toEqual([NEWER]);
    const decision = pruned?.decisions.find(({ id }) => id === OLD);
    expect(decision?.reasons.join()).toMatch(/last/);
    expect((await adoptedIn(store, { ...scope, job: job.name })).map(({ name }) => name)).toEqual([NEWER]);
    expect(await store.stat("notes.txt")).toBeDefined();
  });

  it("are all kept by a job that keeps everything", async () => {
    const { prune, adopt, archives } = await setUp({});
    await adopt(OLDEST, OLD, NEWER);
    await prune();
    expect(await archives()).toHaveLength(3);
  });

  it("make no point go that stays without them", async () => {
    const { prune, adopt, points, store } = await setUp({ last: 2 });
    const future = "backup-2026-11-19T23-00-00.tar.gz";
    await store.put(future, once(Buffer.from("newer than every point")));
    await adopt(OLDEST, OLD, NEWER, future);
    await prune();
    expect(await points()).toEqual(DAYS.toReversed().map((day) => recordOf(day).id));
  });

  it("are nobody's again once the mark is taken away", async () => {
    const { prune, adopt, archives, store, job } = await setUp({ last: 1 });
    await adopt(OLD, OLDEST);
    await disownArchive(store, { name: OLD, job: job.name }, scope);
    await prune();
    expect(await archives()).toEqual([NEWER, OLD]);
  });

  it("stay when another archive has taken the name", async () => {
    const { prune, adopt, archives, store } = await setUp({ last: 1 });
    await adopt(OLD);
    await store.put(OLD, once(Buffer.from("written by the other tool since")), { replace: true });
    const pruned = await prune();
    expect(pruned?.decisions.find(({ id }) => id === OLD)?.reasons).toEqual([
      "left alone: it is another archive than the one that was adopted",
    ]);
    expect(await archives()).toContain(OLD);
  });

  it("are only told about by a dry run", async () => {
    const { adopt, archives, context, job, stores } = await setUp({ last: 1 });
    await adopt(OLD);
    const [planned] = await planPruning(context, { job, stores, signal });
    expect(planned?.decisions.find(({ id }) => id === OLD)?.action).toBe("remove");
    expect(await archives()).toHaveLength(3);
  });

  it("are gone for good or adopted still when a deletion fails, and the next prune ends it", async () => {
    for (const key of [/^backup-/, /\.adopted/]) {
      const { prune, adopt, archives, stores, store } = await setUp({ last: 1 });
      await adopt(OLDEST, OLD);
      stores[0]?.inject("delete", { kind: "throw-before" }, { key });
      await expect(prune()).rejects.toThrow(/stopped after/);
      expect(await adoptedIn(store, scope)).toHaveLength(2);
      await prune();
      expect([await archives(), await adoptedIn(store, scope)]).toEqual([[NEWER], []]);
    }
  });

  it("are not pruned, and nothing else is taken for free, when a mark cannot be understood", async () => {
    const { prune, adopt, archives, store, job } = await setUp({ last: 1 });
    await adopt(OLD);
    await store.put(`${STACK}/.adopted/${job.name}/${OLD}.json`, once(Buffer.from("{}")), { replace: true });
    await expect(prune()).rejects.toThrow(/which archives are adopted/);
    expect(await archives()).toHaveLength(3);
  });
});
