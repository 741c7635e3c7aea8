import { describe, expect, it } from "vitest";
import { pin, unpin } from "../../app/point-objects.ts";
import { pruneJob } from "../../app/prune-job.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { DAY, MINUTE } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import { snapshotsIn } from "../../domain/snapshot-facts.ts";
import { GIB } from "../../../test/fakes/memory-snapshot-provider.ts";
import { STACK } from "../../../test/fakes/app-workshop.ts";
import { snapshotWorkshop, ZONE } from "../../../test/fakes/snapshot-workshop.ts";

const QUIESCE: NonNullable<Job["quiesce"]> = {
  ...{ mode: "pause", scope: "whole", services: ["app"], grace: undefined, limit: 10 * MINUTE },
  ...{ healthLimit: MINUTE, before: [], after: [] },
};

describe("A backup of disks", () => {
  it("makes one point of a snapshot of each disk", async () => {
    const shop = snapshotWorkshop();
    const { run, report } = await shop.backUp();
    expect(run).toMatchObject({ outcome: "succeeded", sourceBytes: 20 * GIB });
    const [point, ...others] = await shop.points();
    expect(others).toEqual([]);
    expect(point).toMatchObject({ id: report?.point, job: "disk", store: "gce", pinned: false });
    const facts = snapshotsIn(point?.record ?? (undefined as never));
    expect(facts.map(({ disk, zone, diskBytes }) => [disk, zone, diskBytes])).toEqual([
      ["data-disk", ZONE, 10 * GIB],
      ["home-disk", ZONE, 10 * GIB],
    ]);
  });

  it("is a point also for a machine that knows nothing but the cloud", async () => {
    const shop = snapshotWorkshop();
    const { report } = await shop.backUp();
    const { catalog } = shop.context;
    const { points, problems } = await catalog.listPoints(shop.elsewhere(), {
      stack: STACK,
      signal: shop.signal,
    });
    expect(problems).toEqual([]);
    expect(points.map(({ id }) => id)).toEqual([report?.point]);
    expect(snapshotsIn(points[0]?.record ?? (undefined as never))).toHaveLength(2);
  });

  it("is no point before every snapshot is ready", async () => {
    const shop = snapshotWorkshop();
    shop.cloud.snapshots.statusAtFirst = "uploading";
    const running = shop.backUp();
    await shop.clock.advance(MINUTE);
    expect(shop.cloud.snapshots.all.size).toBe(2);
    expect(await shop.points()).toEqual([]);
    for (const name of shop.cloud.snapshots.all.keys()) shop.cloud.snapshots.setStatus(name, "ready");
    await shop.clock.advance(MINUTE);
    expect((await running).run.outcome).toBe("succeeded");
    expect(await shop.points()).toHaveLength(1);
  });

  it("that fails leaves no snapshot behind", async () => {
    const shop = snapshotWorkshop();
    shop.cloud.snapshots.statusAtFirst = "failed";
    const { run } = await shop.backUp();
    expect(run.outcome).toBe("failed");
    expect(shop.cloud.snapshots.all.size).toBe(0);
  });

  it("of a disk that is not there leaves nothing of the others behind", async () => {
    const shop = snapshotWorkshop();
    shop.cloud.snapshots.known = new Map([["data-disk", { bytes: GIB }]]);
    const { run } = await shop.backUp();
    expect(run).toMatchObject({ outcome: "failed" });
    expect(run.reason).toContain("home-disk");
    expect(shop.cloud.snapshots.all.size).toBe(0);
  });

  it("too soon after the last one says when the next is possible, and asks for nothing", async () => {
    const shop = snapshotWorkshop();
    shop.cloud.snapshots.notBefore = Date.parse("2026-11-20T03:07:00Z");
    const { run } = await shop.backUp();
    expect(run.outcome).toBe("failed");
    expect(run.reason).toContain("possible at 2026-11-20T03:07:00.000Z");
    expect(shop.cloud.snapshots.requests).toEqual([]);
  });

  it("asks for what the job wants", async () => {
    const shop = snapshotWorkshop({
      source: {
        ...{ disk: "data-disk", zone: ZONE, location: "eu", tier: "archive", guestFlush: true },
        key: { kmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
      },
    });
    await shop.backUp();
    expect(shop.cloud.snapshots.requests).toMatchObject([
      {
        ...{ stack: STACK, job: "disk", location: "eu", tier: "archive", guestFlush: true },
        key: { kmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
        disks: [{ name: "data-disk", zone: ZONE }],
      },
    ]);
  });

  it("holds its services until the moment of the snapshots is fixed, and not while they are uploaded", async () => {
    const shop = snapshotWorkshop();
    const app = shop.engine.addService({ service: "app" });
    shop.cloud.snapshots.statusAtFirst = "uploading";
    const create = shop.cloud.snapshots.create.bind(shop.cloud.snapshots);
    const seen: unknown[] = [];
    shop.cloud.snapshots.create = async (request, signal) => {
      seen.push(shop.engine.stateOf(app));
      await create(request, signal);
    };
    const awaitReady = shop.cloud.snapshots.awaitReady.bind(shop.cloud.snapshots);
    shop.cloud.snapshots.awaitReady = async (set, options) => {
      seen.push(shop.engine.stateOf(app));
      return awaitReady(set, options);
    };
    const running = shop.backUp({ quiesce: QUIESCE });
    await shop.clock.advance(60 * MINUTE);
    expect(seen).toEqual(["paused", "running"]);
    expect(await shop.points()).toEqual([]);
    for (const name of shop.cloud.snapshots.all.keys()) shop.cloud.snapshots.setStatus(name, "ready");
    await shop.clock.advance(MINUTE);
    const { run, report } = await running;
    expect(run.outcome).toBe("succeeded");
    expect(report?.record.capture).toMatchObject({ heldMs: 0 });
    expect(shop.engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("lets its services go where the cloud takes no snapshot", async () => {
    const shop = snapshotWorkshop();
    shop.engine.addService({ service: "app" });
    shop.cloud.snapshots.create = async () => {
      throw new HoldfastError("store", { what: "Taking snapshots", why: "the cloud refused" });
    };
    const { run } = await shop.backUp({ quiesce: QUIESCE });
    expect(run.outcome).toBe("failed");
    expect(shop.engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });
});

describe("Retention of snapshots", () => {
  const keepTwo = { retention: { last: 2 } };

  it("deletes the snapshots of the points that go, and of no other", async () => {
    const shop = snapshotWorkshop();
    const foreign = shop.cloud.snapshots.addForeign({ disk: { name: "data-disk", zone: ZONE } });
    for (let day = 0; day < 4; day++) {
      expect((await shop.backUp(keepTwo)).run.outcome).toBe("succeeded");
      await shop.clock.advance(DAY);
    }
    expect(await shop.points()).toHaveLength(2);
    expect(shop.cloud.snapshots.all.size).toBe(5);
    expect(shop.cloud.snapshots.all.has(foreign.name)).toBe(true);
  });

  it("keeps what is pinned, until it is not any more", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const [first] = await shop.points();
    const name = { stack: STACK, job: "disk", id: first?.id ?? "" };
    await pin(shop.store, name, { at: shop.clock.now() });
    for (let day = 0; day < 3; day++) {
      await shop.clock.advance(DAY);
      await shop.backUp(keepTwo);
    }
    const ids = (await shop.points()).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids).toContain(first?.id);
    await unpin(shop.store, name);
    await shop.clock.advance(DAY);
    await shop.backUp(keepTwo);
    expect((await shop.points()).map(({ id }) => id)).not.toContain(first?.id);
  });

  it("leaves for later what something is being made of, and succeeds", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const [name] = shop.cloud.snapshots.all.keys();
    shop.cloud.snapshots.inUse.add(name ?? "");
    await shop.clock.advance(DAY);
    await shop.backUp();
    const job = { ...shop.job, retention: { last: 1 } };
    const request = { job, stores: [shop.store], trigger: "command" as const, signal: shop.signal };
    expect((await pruneJob(shop.context, request)).run.outcome).toBe("succeeded");
    expect(await shop.points()).toHaveLength(2);
    shop.cloud.snapshots.inUse.clear();
    await pruneJob(shop.context, request);
    expect(await shop.points()).toHaveLength(1);
  });

  it("does not list what somebody took a snapshot of away from, says so, and deletes nothing of it", async () => {
    const shop = snapshotWorkshop();
    await shop.backUp();
    const [gone, left] = [...shop.cloud.snapshots.all.keys()];
    shop.cloud.snapshots.all.delete(gone ?? "");
    await shop.clock.advance(3 * DAY);
    await shop.backUp({ retention: { last: 1 } });
    expect(await shop.points()).toHaveLength(1);
    expect((await shop.problems())[0]?.message).toContain("1 of its 2 snapshots are missing");
    expect(shop.cloud.snapshots.all.has(left ?? "")).toBe(true);
  });
});

describe("What a killed run left", () => {
  it("is removed by a later run, when nobody can be waiting for it any more", async () => {
    const shop = snapshotWorkshop();
    const killed = { stack: STACK, job: "disk", point: "20261120T030000Z-dead" };
    const disks = [{ name: "data-disk", zone: ZONE }];
    await shop.cloud.snapshots.create({ ...killed, disks, tier: "standard", guestFlush: false }, shop.signal);
    await shop.clock.advance(DAY);
    await shop.backUp();
    expect(shop.cloud.snapshots.all.size).toBe(3);
    await shop.clock.advance(DAY + MINUTE);
    await shop.backUp();
    expect(shop.cloud.snapshots.all.size).toBe(4);
    expect((await shop.points()).map(({ id }) => id)).not.toContain(killed.point);
  });
});

describe("Snapshots that a schedule of the cloud makes", () => {
  const observed = { disk: { schedule: "daily", disks: [{ name: "data-disk", zone: ZONE }] } };
  const source = { disk: "data-disk", zone: ZONE, observe: { resourcePolicy: "daily" } };

  it("are points that no retention takes away", async () => {
    const shop = snapshotWorkshop({ source, jobs: { taken: [], observed } });
    for (let day = 0; day < 3; day++) {
      shop.cloud.snapshots.addForeign({ disk: { name: "data-disk", zone: ZONE }, schedule: "daily" });
      await shop.clock.advance(DAY);
    }
    expect(await shop.points()).toHaveLength(3);
    const job = { ...shop.job, retention: { last: 1 } };
    const request = { job, stores: [shop.store], trigger: "command" as const, signal: shop.signal };
    const { run } = await pruneJob(shop.context, request);
    expect(run).toMatchObject({ outcome: "failed" });
    expect(run.reason).toContain("made by a schedule of the cloud");
    expect(await shop.points()).toHaveLength(3);
  });

  it("cannot be pinned, which would promise what the schedule does not keep", async () => {
    const shop = snapshotWorkshop({ source, jobs: { taken: [], observed } });
    shop.cloud.snapshots.addForeign({ disk: { name: "data-disk", zone: ZONE }, schedule: "daily" });
    const [point] = await shop.points();
    const name = { stack: STACK, job: "disk", id: point?.id ?? "" };
    await expect(pin(shop.store, name, { at: shop.clock.now() })).rejects.toMatchObject({ code: "refused" });
    expect((await shop.points())[0]?.pinned).toBe(false);
  });

  it("are not made by a run", async () => {
    const shop = snapshotWorkshop({ source, jobs: { taken: [], observed } });
    const { error } = await shop.backUp();
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error?.message).toContain("made by Google's schedule daily");
  });
});
