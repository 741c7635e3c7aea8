import { expect, it, describe, onTestFinished } from "vitest";
import { appWorkshop, STACK, testJob } from "../../../test/fakes/app-workshop.ts";
import { FakeCloudSql } from "../../../test/fakes/cloud-sql/fake-cloud-sql.ts";
import { SlippingClock } from "../../../test/fakes/slipping-clock.ts";
import { backupJob } from "../../app/backup-job.ts";
import { managedBackupIn, restoreCommand } from "../../domain/managed-backup.ts";
import { createCloudSqlSource } from "../../sources/cloud-sql/cloud-sql-source.ts";
import { CloudSqlOptions } from "../../sources/cloud-sql/options.ts";
import { MemoryStore } from "../../stores/memory/memory-store.ts";
import { managedPoints } from "../../stores/snapshots/managed-points.ts";
import { SnapshotStore } from "../../stores/snapshots/snapshot-store.ts";
import { CloudSqlBackups } from "./cloud-sql-backups.ts";

const PLACE = { project: "acme", instance: "main" };

async function workshop({ observe = false, instance = "main" } = {}) {
  const shop = appWorkshop();
  const clock = new SlippingClock();
  const cloud = await FakeCloudSql.start(() => clock.now());
  onTestFinished(async () => {
    await cloud.close();
    expect(cloud.violations).toEqual([]);
  });
  const around = { clock, random: () => 0.5, env: {} };
  const backups = new CloudSqlBackups({ ...PLACE, instance, endpoint: cloud.url }, around);
  const observed = observe ? ["users"] : [];
  const store = new SnapshotStore({
    ...{ name: "cloud-sql-main", kind: "cloud-sql", holds: "managed backups", stack: STACK, clock },
    companion: new MemoryStore({ name: "cloud-sql-main", clock }),
    isObserved: (job) => observed.includes(job),
    points: async () =>
      managedPoints(backups, {
        stack: STACK,
        observed,
        place: PLACE,
        tool: { name: "holdfast", version: "1" },
      }),
  });
  const options = CloudSqlOptions.parse({ kind: "cloud-sql", ...PLACE, observe });
  const source = createCloudSqlSource(options, { backups: async () => backups });
  const { signal } = new AbortController();
  const job = testJob({ name: "users", sourceKind: "cloud-sql", stores: [store.name], encryption: "off" });
  return {
    ...{ cloud, clock, backups, store, source, signal },
    backUp: async (stop = signal) =>
      backupJob(
        { ...shop.context, clock },
        {
          ...{ job, source, stores: [store], trigger: "schedule", signal: stop },
        },
      ),
    points: async () => (await shop.context.catalog.listPoints(store, { stack: STACK, signal })).points,
  };
}

describe("a backup of a Cloud SQL instance", () => {
  it("is a point once it can be restored, and says by which command that is done", async () => {
    const { cloud, backUp, points } = await workshop();
    const { run } = await backUp();
    expect(run).toMatchObject({ outcome: "succeeded" });
    const [point, ...others] = await points();
    expect(others).toEqual([]);
    expect(point?.id).toBe(run.point);
    expect(cloud.runs).toMatchObject([
      { description: `holdfast ${STACK}/users/${run.point}`, type: "ON_DEMAND" },
    ]);
    const facts = point && managedBackupIn(point.record);
    expect(facts).toEqual({ ...PLACE, id: cloud.runs[0]?.id, location: "eu" });
    expect(facts && restoreCommand(facts)).toBe(
      `gcloud sql backups restore ${cloud.runs[0]?.id} --project=acme --restore-instance=main --backup-instance=main`,
    );
  });

  it("is listed on another machine, over pages, without those of others", async () => {
    const first = await workshop();
    await first.backUp();
    first.cloud.addRun({ type: "ON_DEMAND", description: "before the migration" });
    first.cloud.addRun({ type: "ON_DEMAND", description: `holdfast other/users/20261120T030000Z-7f3a` });
    first.cloud.addRun();
    first.cloud.pageSize = 1;
    expect(await first.points()).toHaveLength(1);
  });

  it("is not made twice when the answer is lost", async () => {
    const { cloud, backUp, points } = await workshop();
    cloud.fail("backupRuns.insert", { kind: "lose-answer" });
    expect((await backUp()).run.outcome).toBe("succeeded");
    expect(cloud.calls.filter((method) => method === "backupRuns.insert")).toHaveLength(1);
    expect(await points()).toHaveLength(1);
  });

  it("waits while the instance is busy, and while Google asks to come later", async () => {
    const { cloud, backUp } = await workshop();
    cloud.fail(
      "backupRuns.insert",
      { kind: "refuse", status: 409, reason: "operationInProgress" },
      { kind: "refuse", status: 503, reason: "backendError" },
    );
    cloud.fail("operations.get", { kind: "refuse", status: 429, reason: "rateLimitExceeded" });
    expect((await backUp()).run.outcome).toBe("succeeded");
  });

  it("that fails late fails the run, with what Google says, and is no point", async () => {
    const { cloud, backUp, points } = await workshop();
    cloud.fail("backupRuns.insert", { kind: "fail-late", code: "INTERNAL", message: "The disk is gone." });
    const { run } = await backUp();
    expect(run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("The disk is gone.") as string,
    });
    expect(await points()).toEqual([]);
  });

  it.each([
    [403, "notAuthorized", "give the service account the role in docs/cloud-sql.md"],
    [403, "accessNotConfigured", "gcloud services enable sqladmin.googleapis.com --project acme"],
  ])("is refused with what to change: %i %s", async (status, reason, next) => {
    const { cloud, backUp } = await workshop();
    cloud.fail("backupRuns.insert", { kind: "refuse", status, reason, message: "No." });
    expect((await backUp()).run.reason).toContain(next);
  });

  it("is deleted by retention, and nothing that is not ours ever is", async () => {
    const { cloud, backUp, points, store } = await workshop();
    await backUp();
    const foreign = cloud.addRun({ type: "ON_DEMAND", description: "by hand" });
    const automated = cloud.addRun();
    const [point] = await points();
    await store.delete(`${STACK}/users/${point?.id}/recovery-point.json`);
    expect(cloud.runs.map(({ id }) => id)).toEqual([automated.id, foreign.id]);
    expect(await points()).toEqual([]);
  });

  it("cannot be pinned, and says so", async () => {
    const { backUp, points, store } = await workshop();
    await backUp();
    const [point] = await points();
    const put = store.put(`${STACK}/users/${point?.id}/pin.json`, bytes("{}"));
    await expect(put).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("backups that Cloud SQL makes by itself", () => {
  it("are points of the job that watches them, which makes and deletes none", async () => {
    const { cloud, backUp, points, store } = await workshop({ observe: true });
    cloud.addRun();
    cloud.addRun({ status: "FAILED" });
    cloud.addRun({ status: "RUNNING" });
    const [point, ...others] = await points();
    expect(others).toEqual([]);
    const remove = store.delete(`${STACK}/users/${point?.id}/recovery-point.json`);
    await expect(remove).rejects.toMatchObject({ code: "refused" });
    expect((await backUp()).run).toMatchObject({ outcome: "failed" });
    expect(cloud.runs).toHaveLength(3);
  });

  it("are asked for by `doctor`: whether they are on, and how far back one can go", async () => {
    const { cloud, source, signal } = await workshop({ observe: true });
    expect(await source.inspect(signal)).toEqual([]);
    cloud.instance["settings"] = { backupConfiguration: { enabled: false } };
    cloud.instance["state"] = "SUSPENDED";
    expect(await source.inspect(signal)).toEqual([
      expect.stringContaining("does not run now"),
      expect.stringContaining("switch automated backups on"),
      expect.stringContaining("Point-in-time recovery of main is off"),
    ]);
  });

  it("of an instance that is not there are told so", async () => {
    const { backups, signal } = await workshop({ instance: "mian" });
    await expect(backups.list(signal)).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("check `project` and `instance`") as string,
    });
  });
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
