/** Sees to schedules by which the cloud itself makes snapshots of the disks of jobs: looks what has to be done, and does it. */
import type { DiskRef } from "../domain/disk-snapshot.ts";
import type { SchedulePlan, SnapshotProvider, WantedSchedule } from "../ports/snapshot-provider.ts";
import type { AppContext } from "./app-context.ts";

export interface DisksOfJob {
  job: string;
  provider: SnapshotProvider;
  disks: readonly DiskRef[];
}

/** All but the name, the region and the disks. */
export type ScheduleTerms = Omit<WantedSchedule, "region" | "disks">;

export interface PlannedSchedule {
  plan: SchedulePlan;
  jobs: readonly string[];
  provider: SnapshotProvider;
}

type Wanted = DisksOfJob & { terms: ScheduleTerms };

/** One for each region and name: a schedule is for disks of its own region only. Changes nothing. */
export async function planSchedules(
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<PlannedSchedule[]> {
  const planned: PlannedSchedule[] = [];
  for (const { provider, terms, jobs, region, disks } of groupsOf(wanted)) {
    const plan = await provider.schedules.plan({ ...terms, region, disks }, signal);
    planned.push({ plan, jobs, provider });
  }
  return planned;
}

export function isAsWanted({ plan }: PlannedSchedule): boolean {
  return plan.change === "none" && plan.attach.length === 0;
}

/** Does what a plan says, and writes down who did it, also where it fails. */
export async function applySchedule(
  { actor, clock, state }: Pick<AppContext, "actor" | "clock" | "state">,
  { plan, jobs, provider }: PlannedSchedule,
  signal: AbortSignal,
): Promise<void> {
  const { name, region } = plan.wanted;
  const attached = plan.attach.map((disk) => disk.name);
  const record = (outcome: string) => {
    const details = { schedule: name, region, change: plan.change, attached };
    const entry = { at: clock.now(), actor, operation: "schedule" as const, outcome, details };
    for (const job of jobs) state.audit.record({ ...entry, job });
  };
  try {
    await provider.schedules.apply(plan, signal);
  } catch (error) {
    record("failed");
    throw error;
  }
  record("succeeded");
}

interface Group {
  provider: SnapshotProvider;
  terms: ScheduleTerms;
  region: string;
  jobs: string[];
  disks: DiskRef[];
}

/** A disk that two jobs name is one disk. */
function groupsOf(wanted: readonly Wanted[]): Group[] {
  const groups: Group[] = [];
  for (const { job, provider, terms, disks } of wanted) {
    for (const disk of disks) {
      const region = regionOf(disk);
      let group = groups.find(
        (each) => each.provider === provider && each.region === region && each.terms.name === terms.name,
      );
      if (group === undefined) groups.push((group = { provider, terms, region, jobs: [], disks: [] }));
      if (!group.jobs.includes(job)) group.jobs.push(job);
      if (!group.disks.some((each) => isSame(each, disk))) group.disks.push(disk);
    }
  }
  return groups;
}

/** `europe-north1` of `europe-north1-a`. */
function regionOf(disk: DiskRef): string {
  return "region" in disk ? disk.region : disk.zone.replace(/-[a-z]$/, "");
}

function isSame(a: DiskRef, b: DiskRef): boolean {
  const placeOf = (disk: DiskRef) => ("region" in disk ? disk.region : disk.zone);
  return a.name === b.name && placeOf(a) === placeOf(b);
}
