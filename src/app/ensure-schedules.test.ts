import { expect, it } from "vitest";
import { snapshotWorkshop, ZONE } from "../../test/fakes/snapshot-workshop.ts";
import { applySchedule, isAsWanted, planSchedules } from "./ensure-schedules.ts";

const TERMS = {
  ...{ name: "daily-backup", dailyAt: "04:00", keepDays: 14 },
  afterDiskDelete: "keep" as const,
};

it("Jobs of one region share a schedule, each region has its own, and the trail says who set it up for which job", async () => {
  const { cloud: provider, context, signal } = snapshotWorkshop();
  const data = { name: "data-disk", zone: ZONE };
  const far = { name: "far-disk", region: "us-east1" };
  for (const disk of [data, far]) provider.disks.add(disk);
  const common = { provider, terms: TERMS };
  const wanted = [
    { ...common, job: "a", disks: [data] },
    { ...common, job: "b", disks: [data, far] },
  ];
  const planned = await planSchedules(wanted, signal);
  expect(planned.map(({ plan, jobs }) => [plan.wanted.region, plan.attach, jobs])).toEqual([
    ["europe-north1", [data], ["a", "b"]],
    ["us-east1", [far], ["b"]],
  ]);
  for (const each of planned) await applySchedule(context, each, signal);
  expect((await planSchedules(wanted, signal)).every(isAsWanted)).toBe(true);
  const trail = context.state.audit
    .recent(10)
    .map(({ operation, job, outcome }) => [operation, job, outcome]);
  expect(trail.toSorted()).toEqual([
    ["schedule", "a", "succeeded"],
    ["schedule", "b", "succeeded"],
    ["schedule", "b", "succeeded"],
  ]);
});
