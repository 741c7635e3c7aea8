/**
 * Google's own command line against the fake, and Holdfast against what that has made: two clients that know nothing of each other.
 * It is in no package of Debian, so CI has it not; no step of it goes beyond the loopback.
 */
import { execFile, type ExecFileException } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnapshotProvider } from "../../../src/ports/snapshot-provider.ts";
import { missingPrograms } from "../documented-commands.ts";
import { SlippingClock } from "../slipping-clock.ts";
import type { FakeCompute } from "./fake-compute.ts";
import { providerOver, REGION, startCompute, ZONE } from "./stand-in.ts";

const lacksGcloud = missingPrograms("gcloud").length > 0;
const title = lacksGcloud ? " (this machine has no gcloud, which is in no package of Debian)" : "";

const NOW = new AbortController().signal;
const DISKS = [
  { zone: ZONE, name: "data-disk" },
  { zone: ZONE, name: "home-disk" },
];
const POINT = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a" };
/** As two snapshots of one point have them that somebody makes by hand. */
const BY_HAND =
  "holdfast-stack=analytics,holdfast-job=disk,holdfast-point=20261121t030000z-0b0e,holdfast-disks=2";

/** It takes a second or two for each command, on a machine that does nothing else. */
const LONG = { timeout: 240_000 };

describe.skipIf(lacksGcloud)(`gcloud${title}`, LONG, () => {
  let compute: FakeCompute;
  let provider: SnapshotProvider;
  let home: string;

  beforeAll(async () => {
    const clock = new SlippingClock();
    compute = await startCompute(clock);
    provider = providerOver(compute, clock);
    home = mkdtempSync(join(tmpdir(), "holdfast-gcloud-"));
    await provider.snapshots.create({ ...POINT, disks: DISKS, tier: "standard", guestFlush: false }, NOW);
    await provider.snapshots.awaitReady({ ...POINT, disks: 2 }, { timeout: 60_000, signal: NOW });
  });

  afterAll(async () => {
    await compute.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function gcloud(command: string): Promise<unknown> {
    const env = {
      ...{ PATH: process.env["PATH"], HOME: home, CLOUDSDK_CONFIG: home, CLOUDSDK_CORE_PROJECT: "acme" },
      CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${compute.url}/compute/v1/`,
      ...{ CLOUDSDK_AUTH_ACCESS_TOKEN: "a token", CLOUDSDK_CORE_CHECK_GCE_METADATA: "false" },
      ...{ CLOUDSDK_CORE_DISABLE_PROMPTS: "1", CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "true" },
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "true",
    };
    const words = ["compute", ...command.split(" "), "--format=json"];
    const { error, stdout, stderr } = await new Promise<Ended>((resolve) => {
      execFile("gcloud", words, { env, timeout: 60_000 }, (failure, out, err) =>
        resolve({ error: failure, stdout: out, stderr: err }),
      );
    });
    if (error !== null) throw new Error(`gcloud ${words.join(" ")}: ${stderr}`, { cause: error });
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  }

  const ofPoint = async (wanted: string) =>
    (await provider.snapshots.list({ stack: "analytics" }, NOW)).filter(({ ours }) => ours?.point === wanted);
  /** What was not by the book since it was last asked. */
  const violations = () => compute.violations.splice(0);

  it("finds the snapshots of a point by their labels, and describes one", async () => {
    const names = (await ofPoint(POINT.point)).map(({ name }) => name).sort();
    const listed = (await gcloud("snapshots list --filter=labels.holdfast-job=disk")) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual(names);
    expect(names).toHaveLength(2);
    expect(await gcloud(`snapshots describe ${names[0]}`)).toMatchObject({
      ...{ status: "READY", diskSizeGb: "10", snapshotType: "STANDARD" },
      sourceDisk: expect.stringContaining(`/zones/${ZONE}/disks/`) as unknown,
      labels: { "holdfast-stack": "analytics", "holdfast-disks": "2" },
    });
    expect(violations()).toEqual([]);
  });

  it("makes snapshots by both ways that there are, which Holdfast lists", async () => {
    await gcloud(`disks snapshot data-disk --zone=${ZONE} --snapshot-names=by-hand-1 --labels=${BY_HAND}`);
    await gcloud(
      `snapshots create by-hand-2 --source-disk=home-disk --source-disk-zone=${ZONE} --labels=${BY_HAND}`,
    );
    const listed = await ofPoint("20261121T030000Z-0b0e");
    expect(listed.sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: "by-hand-1", status: "ready", disk: DISKS[0], diskBytes: 10 * 2 ** 30 },
      { name: "by-hand-2", status: "ready", disk: DISKS[1], diskBytes: 10 * 2 ** 30 },
    ]);
    expect(violations()).toEqual([]);
  });

  it("makes a disk of a snapshot of Holdfast's, attaches, detaches and deletes it", async () => {
    const snapshot = (await ofPoint(POINT.point))[0]?.name;
    const machine = { zone: ZONE, name: "vm-1" };
    const attached = async () => (await provider.machines.describe(machine, NOW)).disks;
    await gcloud(`disks create data-new --zone=${ZONE} --source-snapshot=${snapshot}`);
    await gcloud(
      `instances attach-disk vm-1 --zone=${ZONE} --disk=data-new --device-name=restored --mode=ro`,
    );
    expect(await attached()).toContainEqual(
      expect.objectContaining({ disk: { zone: ZONE, name: "data-new" }, deviceName: "restored" }),
    );
    await gcloud(`instances detach-disk vm-1 --zone=${ZONE} --disk=data-new`);
    expect((await attached()).map(({ deviceName }) => deviceName)).not.toContain("restored");
    await gcloud(`disks delete data-new --zone=${ZONE}`);
    expect(compute.disks.deleted).toEqual([`zones/${ZONE}/disks/data-new`]);
    expect(violations()).toEqual([]);
  });

  it("makes a schedule and attaches it, which Holdfast finds as it was asked for", async () => {
    await gcloud(
      `resource-policies create snapshot-schedule daily --region=${REGION} --daily-schedule --start-time=03:00 --max-retention-days=14 --on-source-disk-delete=keep-auto-snapshots`,
    );
    await gcloud(`disks add-resource-policies data-disk --zone=${ZONE} --resource-policies=daily`);
    const wanted = { name: "daily", region: REGION, dailyAt: "03:00", keepDays: 14 } as const;
    const disks = [{ zone: ZONE, name: "data-disk" }];
    const plan = await provider.schedules.plan({ ...wanted, afterDiskDelete: "keep", disks }, NOW);
    expect(plan).toMatchObject({ change: "none", differences: [], attach: [] });
    // Google takes no notice of it: it is for answers only.
    expect(violations()).toEqual(["body.region is for answers only"]);
  });

  it("deletes two snapshots of a point in one request, is told of a third that is not there, and Holdfast has that point no more", async () => {
    const command = "snapshots delete by-hand-1 by-hand-2 not-there";
    await expect(gcloud(command)).rejects.toThrow("global/snapshots/not-there' was not found");
    expect(await ofPoint("20261121T030000Z-0b0e")).toEqual([]);
    expect(await ofPoint(POINT.point)).toHaveLength(2);
    expect(violations()).toEqual([]);
  });
});

interface Ended {
  error: ExecFileException | null;
  stdout: string;
  stderr: string;
}
