/** Drills of snapshots of disks, by the command line. */
import { expect, it, onTestFinished } from "vitest";

import { FakeCompute } from "../fakes/gce/fake-compute.ts";
import { REGION, ZONE } from "../fakes/gce/gce-provider.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

async function cloud(source: object = {}, job: object = {}) {
  const compute = await FakeCompute.start(() => Date.now());
  onTestFinished(async () => {
    await compute.close();
    expect(compute.violations).toEqual([]);
  });
  compute.project.addDisk(`zones/${ZONE}/disks/data-disk`);
  const of = { kind: "gce-disk", project: "acme", endpoint: compute.url, zone: ZONE, disk: "data-disk" };
  return { compute, stack: testStack({ jobs: { disk: { source: { ...of, ...source }, ...job } } }) };
}

it("A drill makes a disk of the newest point, deletes it, and leaves its verdict beside the point", async () => {
  const { compute, stack } = await cloud();
  const id = await stack.backUp("disk");
  const { stdout } = await stack.done("drill", "disk");
  expect(stdout).toContain(`disk: ${id}`);
  expect(stdout).toMatch(
    /in gce-acme: passed; made hf-drill-\S+ \(10\.7 GB, pd-\w+\) in .*, and deleted it again\./,
  );
  expect([...compute.project.disks.keys()]).toEqual([`zones/${ZONE}/disks/data-disk`]);
  expect(compute.disks.deleted).toHaveLength(1);
  expect((await stack.done("show", id)).stdout).toMatch(/drill/);
});

it("A drill whose disk cannot be made fails with a sentence, and the point is as good as before", async () => {
  const { compute, stack } = await cloud();
  const id = await stack.backUp("disk");
  compute.api.lacks.add("compute.disks.create");
  const { exitCode, stdout } = await stack.run("--json", "drill", "disk");
  expect(exitCode).toBe(1);
  expect(stdout).toContain("compute.disks.create");
  expect((await stack.done("show", id)).stdout).not.toMatch(/failed/);
});

it("Points that a schedule of Google's has made are drilled, too", async () => {
  const { compute, stack } = await cloud({ observe: { resourcePolicy: "daily-backup" } });
  const policy = `${compute.project.base}/regions/${REGION}/resourcePolicies/daily-backup`;
  const made = { sourceSnapshotSchedulePolicy: policy, autoCreated: true };
  compute.project.addSnapshot(`zones/${ZONE}/disks/data-disk`, { name: "data-20261122-x1", ...made });
  const { stderr } = await stack.done("drill");
  expect(stderr).not.toContain("could not be kept");
  const [id = ""] = await stack.points();
  expect((await stack.done("show", id)).stdout).toMatch(/drill/);
});

it("A daemon drills by schedule, and tells how that went", async () => {
  const { compute, stack } = await cloud({}, { drill: { schedule: "* * * * * *" } });
  const id = await stack.backUp("disk");
  const daemon = await stack.startDaemon();
  const drill = await waitUntil("a drill", async () => {
    const { jobs } = (await (await fetch(`${daemon.url}/api/v1/status`)).json()) as Status;
    return jobs[0]?.drill.lastRun === null ? undefined : jobs[0]?.drill;
  });
  expect(drill).toMatchObject({ lastRun: { outcome: "succeeded", point: id }, overdueSince: null });
  expect(await (await fetch(`${daemon.url}/metrics`)).text()).toMatch(
    /^holdfast_drill_last_success_timestamp_seconds\{job="disk"\} \d/m,
  );
  expect(await (await fetch(daemon.url)).text()).toContain("drill succeeded");
  expect([...compute.project.disks.keys()]).toContain(`zones/${ZONE}/disks/data-disk`);
});

it("A daemon deletes the disks that killed drills have left, of jobs that it drills", async () => {
  const { compute, stack } = await cloud({}, { drill: { schedule: "@yearly" } });
  const left = `zones/${ZONE}/disks/hf-drill-left-1`;
  compute.project.addDisk(left, {
    labels: { "holdfast-stack": "test", "holdfast-job": "disk", "holdfast-drill": "x" },
  });
  const daemon = await stack.startDaemon();
  await waitUntil("no such disk", () => !compute.project.disks.has(left) || undefined);
  await waitUntil(
    "a line about it",
    () => daemon.process.stderr.includes("hf-drill-left-1 was left") || undefined,
  );
});

interface Status {
  jobs: { drill: { lastRun: object | null } }[];
}
