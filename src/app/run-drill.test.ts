/** Drills of snapshots of disks, in a cloud in memory. */
import { describe, expect, it } from "vitest";
import { snapshotWorkshop, ZONE } from "../../test/fakes/snapshot-workshop.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { PointChoice } from "./find-point.ts";
import { diskDrill } from "./drill-disks.ts";
import { runDrill } from "./run-drill.ts";

type Shop = ReturnType<typeof snapshotWorkshop>;

const STACK_LABELS = { "holdfast-stack": "stack", "holdfast-drill": "20261120t033000z-7f3a" };

function drill(
  shop: Shop,
  { choice = { newest: true }, signal = shop.signal }: { choice?: PointChoice; signal?: AbortSignal } = {},
) {
  const { context, store, provider } = shop;
  return runDrill(context, {
    ...{ job: "disk", trigger: "command", stores: [store], choice, signal },
    drill: diskDrill(context, { provider, zone: undefined, snapshotKey: undefined }),
  });
}

const left = (shop: Shop) => shop.cloud.disks.drillDisks(shop.context.stack, shop.signal);
const proofs = async (shop: Shop) =>
  (await shop.points()).map(({ lastProof: proof }) => proof && `${proof.operation} ${proof.outcome}`);

describe("A drill of a point of disks", () => {
  it("makes a disk of each of its snapshots, deletes them, and keeps a proof beside the point", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const { run, report } = await drill(shop);
    expect(run).toMatchObject({ operation: "drill", outcome: "succeeded" });
    expect(run.sourceBytes).toBe(20 * 2 ** 30);
    expect(report?.made).toHaveLength(2);
    expect(await left(shop)).toEqual([]);
    expect(await proofs(shop)).toEqual(["drill passed"]);
  });

  it("keeps what it took beside the verdict, without what was cleared away", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const create = shop.cloud.disks.create.bind(shop.cloud.disks);
    shop.cloud.disks.create = async (...asked) => {
      await shop.clock.advance(1000);
      return create(...asked);
    };
    const remove = shop.cloud.disks.removeDrillDisk.bind(shop.cloud.disks);
    shop.cloud.disks.removeDrillDisk = async (...asked) => {
      await shop.clock.advance(5000);
      return remove(...asked);
    };
    const { run, report } = await drill(shop);
    expect(run).toMatchObject({ restoreMs: 2000, durationMs: 12_000 });
    const measured = (await shop.points())[0]?.lastProof?.measured;
    expect(measured).toEqual({
      restoreMs: 2000,
      phases: [
        { name: "finding the point", ms: 0 },
        { name: "making disks", ms: 2000 },
      ],
      bytes: 20 * 2 ** 30,
    });
    expect(report).toMatchObject(measured ?? {});
  });

  it("is of the point that is asked for", async () => {
    const shop = snapshotWorkshop();
    const { run: first } = await shop.backUp();
    await shop.clock.advance(3_600_000);
    await shop.backUp();
    const { run } = await drill(shop, { choice: { id: first.point ?? "" } });
    expect(run.point).toBe(first.point);
    expect(await proofs(shop)).toEqual([undefined, "drill passed"]);
  });

  it("fails the point whose disk is smaller than the one that the snapshot was taken of", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const create = shop.cloud.disks.create.bind(shop.cloud.disks);
    shop.cloud.disks.create = async (request, signal) => ({
      ...(await create(request, signal)),
      bytes: 1000,
    });
    const { run } = await drill(shop);
    expect(run.outcome).toBe("failed");
    expect(run.reason).toContain("has 1.0 kB, and data-disk had 10.7 GB");
    expect(await left(shop)).toEqual([]);
    expect(await proofs(shop)).toEqual(["drill failed"]);
  });

  it("says nothing about the point where the cloud makes no disk, and leaves none", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const create = shop.cloud.disks.create.bind(shop.cloud.disks);
    let count = 0;
    shop.cloud.disks.create = async (request, signal) => {
      const made = await create(request, signal);
      if (++count < 2) return made;
      throw new HoldfastError("store", { what: "Creating a disk", why: "the quota is used up" });
    };
    const { run } = await drill(shop);
    expect(run).toMatchObject({ outcome: "failed", reason: expect.stringContaining("quota") as string });
    expect(await left(shop)).toEqual([]);
    expect(await proofs(shop)).toEqual([undefined]);
  });

  it("deletes what it made also when it is cancelled", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const stop = new AbortController();
    const create = shop.cloud.disks.create.bind(shop.cloud.disks);
    shop.cloud.disks.create = async (request, signal) => {
      const made = await create(request, signal);
      stop.abort(new HoldfastError("cancelled", { what: "The command", why: "it was cancelled" }));
      return made;
    };
    const { run } = await drill(shop, { signal: stop.signal });
    expect(run.outcome).toBe("cancelled");
    expect(await left(shop)).toEqual([]);
  });

  it("removes first what killed drills of the job have left, and nothing else", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const { stack } = shop.context;
    const add = (name: string, labels: Record<string, string>) =>
      shop.cloud.disks.add({ name, zone: ZONE }, { labels: { "holdfast-stack": stack, ...labels } });
    add("hf-drill-old-1", { ...STACK_LABELS, "holdfast-stack": stack, "holdfast-job": "disk" });
    add("hf-drill-other-1", { ...STACK_LABELS, "holdfast-stack": stack, "holdfast-job": "other" });
    add("restored", { "holdfast-job": "disk" });
    const { report } = await drill(shop);
    expect(report?.leftovers).toEqual(["The disk hf-drill-old-1"]);
    expect((await left(shop)).map(({ disk }) => disk.name)).toEqual(["hf-drill-other-1"]);
    expect(await shop.cloud.disks.find({ name: "restored", zone: ZONE }, shop.signal)).toBeDefined();
  });

  it("of a regional disk needs a zone", async () => {
    const shop = snapshotWorkshop({ source: { disk: "shared", region: "europe-north1" } });
    await shop.backUp();
    expect((await drill(shop)).error?.message).toContain("name one with --zone");
  });
});
