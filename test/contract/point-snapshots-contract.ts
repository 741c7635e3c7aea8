/** The contract of the snapshots of points. */
import { expect, it } from "vitest";
import { snapshotSets } from "../../src/domain/disk-snapshot.ts";
import { HOUR } from "../../src/domain/instant.ts";
import type { SnapshotRequest } from "../../src/ports/snapshot-provider.ts";
import type { MadeProvider } from "./made-provider.ts";

const ZONE = "europe-north1-a";
const POINT = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a" };
const OTHER = { ...POINT, point: "20261121T030000Z-aaaa" };
const BOTH = [
  { zone: ZONE, name: "data-disk" },
  { zone: ZONE, name: "home-disk" },
];
const NOW = new AbortController().signal;

export function request(more: Partial<SnapshotRequest> = {}): SnapshotRequest {
  return { ...POINT, disks: BOTH, tier: "standard", guestFlush: false, ...more };
}

export function describePointSnapshots(made: () => MadeProvider): void {
  const snapshots = () => made().provider.snapshots;
  const sets = async () => snapshotSets(await snapshots().list({ stack: POINT.stack, job: POINT.job }, NOW));
  const whole = async (more: Partial<SnapshotRequest> = {}) => {
    const asked = request(more);
    await snapshots().create(asked, NOW);
    const set = { ...asked, disks: asked.disks.length };
    const ready = await snapshots().awaitReady(set, { timeout: HOUR, signal: NOW });
    await snapshots().mark(asked, { committed: 1_763_600_400_000 }, NOW);
    return ready;
  };

  it("makes a snapshot of each disk, which are one point once they are committed", async () => {
    await snapshots().create(request(), NOW);
    expect(await sets()).toMatchObject([{ point: POINT.point, incomplete: expect.any(String) as string }]);
    const ready = await snapshots().awaitReady({ ...POINT, disks: 2 }, { timeout: HOUR, signal: NOW });
    expect(ready.map(({ disk, status, diskBytes }) => [disk, status, diskBytes])).toEqual(
      expect.arrayContaining(BOTH.map((disk) => [disk, "ready", 10 * 2 ** 30])),
    );
    expect(await sets()).toMatchObject([{ incomplete: "its backup did not come to its end" }]);
    await snapshots().mark(POINT, { committed: 1_763_600_400_000 }, NOW);
    expect(await sets()).toMatchObject([
      { point: POINT.point, disks: 2, marks: { committed: 1_763_600_400_000 }, incomplete: undefined },
    ]);
  });

  it("makes no second snapshot when the same is asked for again", async () => {
    await whole();
    await snapshots().create(request(), NOW);
    expect(made().names()).toHaveLength(2);
    expect(await sets()).toMatchObject([{ incomplete: undefined }]);
  });

  it("lists those of one job, and of all jobs of a stack, and of no other stack", async () => {
    await whole();
    await whole({ job: "users" });
    await whole({ stack: "analytics-2" });
    const jobs = async (job?: string) =>
      (await snapshots().list({ stack: POINT.stack, job }, NOW)).map(({ ours }) => ours?.jobLabel).sort();
    expect(await jobs("disk")).toEqual(["disk", "disk"]);
    expect(await jobs()).toEqual(["disk", "disk", "users", "users"]);
  });

  it("keeps jobs and stacks apart whose names no label can hold", async () => {
    const jobs = ["a.b", "a-b", "a_b", `${"x".repeat(62)}y`, `${"x".repeat(62)}z`];
    for (const job of jobs) await whole({ job, disks: BOTH.slice(0, 1) });
    for (const job of jobs) {
      const found = await snapshots().list({ stack: POINT.stack, job }, NOW);
      expect(found.map(({ ours }) => ours?.jobLabel)).toEqual([snapshots().labelOf(job)]);
    }
    expect(new Set(jobs.map((job) => snapshots().labelOf(job))).size).toBe(jobs.length);
  });

  it("sets and takes away marks, and leaves the others", async () => {
    await whole();
    await snapshots().mark(POINT, { pinned: 5000, drilled: 7000 }, NOW);
    expect((await sets())[0]?.marks).toEqual({ committed: 1_763_600_400_000, pinned: 5000, drilled: 7000 });
    await snapshots().mark(POINT, { pinned: undefined }, NOW);
    expect((await sets())[0]?.marks).toEqual({ committed: 1_763_600_400_000, drilled: 7000 });
    await expect(snapshots().mark(OTHER, { pinned: 1000 }, NOW)).rejects.toMatchObject({ code: "not-found" });
  });

  it("deletes a point and nothing else, and as gladly once more", async () => {
    const foreign = await made().addForeign({ disk: "data-disk" });
    await whole();
    await whole(OTHER);
    expect(await snapshots().remove(POINT, NOW)).toBe(2);
    expect((await sets()).map(({ point }) => point)).toEqual([OTHER.point]);
    expect(made().names()).toContain(foreign);
    expect(await snapshots().remove(POINT, NOW)).toBe(0);
    expect(made().names()).toHaveLength(3);
  });

  it("keeps a snapshot that something is being made of, with an error that says so", async () => {
    const [first] = await whole();
    made().use(first?.name ?? "");
    await expect(snapshots().remove(POINT, NOW)).rejects.toMatchObject({ code: "retained" });
    expect(made().names()).toContain(first?.name);
  });

  it("lists what a schedule has made, and never takes it for ours", async () => {
    const name = await made().addForeign({ disk: "data-disk", schedule: "daily-backup" });
    await made().addForeign({ disk: "home-disk", schedule: "weekly" });
    await whole();
    const found = await snapshots().listScheduled({ schedule: "daily-backup" }, NOW);
    expect(found).toMatchObject([{ name, ours: undefined, schedule: "daily-backup" }]);
    const disks = BOTH.slice(1);
    expect(await snapshots().listScheduled({ schedule: "daily-backup", disks }, NOW)).toEqual([]);
  });

  it("takes a disk of a region, without a flush of its guest", async () => {
    const disks = [{ region: "europe-north1", name: "shared-disk" }];
    expect(await whole({ disks })).toMatchObject([{ disk: disks[0] }]);
    const flushing = snapshots().create(request({ ...OTHER, disks, guestFlush: true }), NOW);
    await expect(flushing).rejects.toMatchObject({ code: "unsupported" });
    expect(made().names()).toHaveLength(1);
  });

  it("says that a disk does not exist", async () => {
    const disks = [{ zone: ZONE, name: "no-such-disk" }];
    await expect(snapshots().create(request({ disks }), NOW)).rejects.toMatchObject({ code: "not-found" });
    expect(made().names()).toEqual([]);
  });

  it("fails as soon as a snapshot has failed or is gone", async () => {
    const waiting = { timeout: HOUR, signal: NOW };
    const set = { ...POINT, disks: 2 };
    await expect(snapshots().awaitReady(set, waiting)).rejects.toMatchObject({ code: "store" });
    made().setOutcome("failed");
    await snapshots()
      .create(request(), NOW)
      .catch(() => undefined);
    await expect(snapshots().awaitReady(set, waiting)).rejects.toMatchObject({ code: "store" });
    expect((await sets()).filter(({ incomplete }) => incomplete === undefined)).toEqual([]);
    await snapshots().remove(POINT, NOW);
    expect(made().names()).toEqual([]);
  });

  it("resolves while snapshots are still uploaded, and waits for them no longer than allowed", async () => {
    made().setOutcome("uploading");
    await snapshots().create(request(), NOW);
    const waiting = snapshots().awaitReady({ ...POINT, disks: 2 }, { timeout: 1, signal: NOW });
    await expect(waiting).rejects.toMatchObject({ code: "timeout" });
    expect(await sets()).toMatchObject([{ incomplete: expect.stringContaining("uploaded") as string }]);
  });

  it("does nothing once the signal has fired", async () => {
    const cancelled = AbortSignal.abort();
    await expect(snapshots().create(request(), cancelled)).rejects.toMatchObject({ code: "cancelled" });
    await expect(snapshots().remove(POINT, cancelled)).rejects.toMatchObject({ code: "cancelled" });
    await expect(snapshots().mark(POINT, { pinned: 0 }, cancelled)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(made().names()).toEqual([]);
  });
}
