/** Google's own schedules of snapshots, set up by the command line. */
import { describe, expect, it, onTestFinished } from "vitest";

import { FakeCompute } from "../fakes/gce/fake-compute.ts";
import { REGION, ZONE } from "../fakes/gce/gce-provider.ts";
import { testStack } from "./test-stack.ts";

const POLICY = `regions/${REGION}/resourcePolicies/daily-backup`;

async function cloud() {
  const compute = await FakeCompute.start(() => Date.now());
  onTestFinished(async () => {
    await compute.close();
    expect(compute.violations).toEqual([]);
  });
  for (const name of ["data-disk", "home-disk"]) compute.project.addDisk(`zones/${ZONE}/disks/${name}`);
  const common = { kind: "gce-disk", project: "acme", endpoint: compute.url, zone: ZONE };
  const stack = testStack({
    jobs: {
      data: { source: { ...common, disk: "data-disk", location: "eu" } },
      home: { source: { ...common, disk: "home-disk", observe: { resourcePolicy: "nightly" } } },
    },
  });
  const policiesOf = (disk: string) =>
    ((compute.project.disk(`zones/${ZONE}/disks/${disk}`)["resourcePolicies"] ?? []) as string[]).map((url) =>
      url.split("/").at(-1),
    );
  return { compute, stack, policiesOf };
}

const ENSURE = ["gce", "schedule", "ensure"];

describe("holdfast gce schedule ensure", () => {
  it("makes the schedule, attaches it, and finds nothing to do the next time", async () => {
    const { compute, stack, policiesOf } = await cloud();
    const { stdout } = await stack.done(...ENSURE, "data", "--yes");
    expect(stdout).toContain(
      `daily-backup in ${REGION} is to be made: daily at 04:00 UTC, kept for 14 days in eu`,
    );
    expect(compute.project.policies.get(POLICY)).toMatchObject({
      snapshotSchedulePolicy: {
        schedule: { dailySchedule: { daysInCycle: 1, startTime: "04:00" } },
        retentionPolicy: { maxRetentionDays: 14, onSourceDiskDelete: "KEEP_AUTO_SNAPSHOTS" },
        snapshotProperties: { storageLocations: ["eu"] },
      },
    });
    expect(policiesOf("data-disk")).toEqual(["daily-backup"]);
    const calls = compute.calls.length;
    const again = await stack.done(...ENSURE, "data");
    expect(again.stdout).toBe(`daily-backup in ${REGION} is as wanted, on data-disk.\n`);
    expect(compute.calls.slice(calls).every(({ method }) => method.endsWith(".get"))).toBe(true);
  });

  it("shows with --dry-run what is not as wanted, and changes nothing", async () => {
    const { compute, stack } = await cloud();
    await stack.done(...ENSURE, "data", "--yes");
    const before = structuredClone(compute.project.policies.get(POLICY));
    const wanted = ["--start", "02:00", "--keep-days", "30", "--on-disk-delete", "delete", "--dry-run"];
    const { stdout } = await stack.done(...ENSURE, "data", ...wanted);
    expect(stdout).toMatch(/daily at \(UTC\) +04:00 +02:00/);
    expect(stdout).toMatch(/kept for days +14 +30/);
    expect(stdout).toContain("Nothing was changed.");
    expect(compute.project.policies.get(POLICY)).toEqual(before);
    const { schedules } = JSON.parse((await stack.done("--json", ...ENSURE, "data", ...wanted)).stdout) as {
      schedules: { change: string; differences: unknown[] }[];
    };
    expect(schedules).toMatchObject([{ change: "update", jobs: ["data"] }]);
    expect(schedules[0]?.differences).toHaveLength(3);
    await stack.done(...ENSURE, "data", ...wanted.slice(0, -1), "--yes");
    expect(compute.project.policies.get(POLICY)).toMatchObject({
      snapshotSchedulePolicy: { retentionPolicy: { maxRetentionDays: 30 } },
    });
  });

  it("does it for all jobs, each by the name that it observes", async () => {
    const { stack, policiesOf } = await cloud();
    await stack.done(...ENSURE, "--all", "--yes");
    expect([policiesOf("data-disk"), policiesOf("home-disk")]).toEqual([["daily-backup"], ["nightly"]]);
  });

  it("does nothing that nobody confirmed", async () => {
    const { compute, stack } = await cloud();
    const { exitCode, stderr } = await stack.run(...ENSURE, "data");
    expect(exitCode).toBe(5);
    expect(stderr).toContain("nobody confirmed it; add --yes, or look at it with --dry-run.");
    expect(compute.project.policies.size).toBe(0);
  });

  it("leaves other schedules of a disk as they are, and tells of them", async () => {
    const { stack, policiesOf } = await cloud();
    await stack.done(...ENSURE, "data", "--name", "hourly", "--yes");
    const { stdout } = await stack.done(...ENSURE, "data", "--yes");
    expect(stdout).toContain("there is also the policy hourly, which is left as it is.");
    expect(policiesOf("data-disk")).toEqual(["hourly", "daily-backup"]);
  });

  it.each([
    [[], "no job is named"],
    [["data", "--all"], "both given"],
    [["data", "--start", "04:30"], "no full hour"],
    [["data", "--keep-days", "0"], "no number of days"],
    [["data", "--name", "Daily!"], "no name of a schedule"],
  ])("refuses %j", async (args, why) => {
    const { stack } = await cloud();
    const { exitCode, stderr } = await stack.run(...ENSURE, ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(why);
  });
});
