/** Resource policies, by which Google itself makes snapshots: what would have to be changed, and changing it. */
import { randomUUID } from "node:crypto";
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import type { SchedulePlan, SnapshotSchedules, WantedSchedule } from "../../ports/snapshot-provider.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { awaitOperation } from "./operations.ts";
import { describeDisk, diskPath, lastPart, placeOf } from "./places.ts";
import { Disk, Operation, ResourcePolicy } from "./resources.ts";

export class GceSchedules implements SnapshotSchedules {
  readonly #api: ComputeApi;

  constructor(api: ComputeApi) {
    this.#api = api;
  }

  async plan(wanted: WantedSchedule, signal: AbortSignal): Promise<SchedulePlan> {
    const purpose = { what: `Looking at the schedule ${wanted.name}`, signal };
    const there = await this.#find(wanted, purpose);
    const differences = there === undefined ? [] : differencesOf(there, wanted, purpose.what);
    const attach: DiskRef[] = [];
    const notes: string[] = [];
    for (const disk of wanted.disks) {
      const call = { ...purpose, method: "GET" as const, path: diskPath(disk) };
      const policies = (await this.#api.call(call, Disk)).resourcePolicies.map(lastPart);
      if (!policies.includes(wanted.name)) attach.push(disk);
      const others = policies.filter((name) => name !== wanted.name);
      if (others.length > 0) {
        notes.push(
          `On ${describeDisk(disk)} there is also the policy ${others.join(", ")}, which is left as it is.`,
        );
      }
    }
    const change = there === undefined ? "create" : differences.length > 0 ? "update" : "none";
    return { wanted, change, differences, attach, notes };
  }

  async apply({ wanted, change, attach }: SchedulePlan, signal: AbortSignal): Promise<void> {
    const what = `Setting up the schedule ${wanted.name}`;
    const purpose = { what, signal };
    if (change === "create") await this.#create(wanted, purpose);
    if (change === "update") await this.#update(wanted, purpose);
    const project = await this.#api.project(signal);
    const resourcePolicies = [`projects/${project}/${pathOf(wanted)}`];
    for (const disk of attach) {
      const path = `${diskPath(disk)}/addResourcePolicies`;
      await this.#do({ method: "POST", path, body: { resourcePolicies } }, placeOf(disk), purpose);
    }
  }

  async #create(wanted: WantedSchedule, purpose: Purpose): Promise<void> {
    const scope = `regions/${wanted.region}`;
    const body = { name: wanted.name, description: "Set up by Holdfast", ...bodyOf(wanted) };
    try {
      await this.#do({ method: "POST", path: `${scope}/resourcePolicies`, body }, scope, purpose);
    } catch (error) {
      if (!hasCode(error, "already-exists")) throw error;
      // By an answer that was lost, or by somebody else meanwhile.
      const there = await this.#find(wanted, purpose);
      if (there === undefined || differencesOf(there, wanted, purpose.what).length > 0) throw error;
    }
  }

  async #update(wanted: WantedSchedule, purpose: Purpose): Promise<void> {
    const call = { method: "PATCH" as const, path: pathOf(wanted), body: bodyOf(wanted) };
    await this.#do(call, `regions/${wanted.region}`, purpose);
  }

  async #do(
    call: { method: "POST" | "PATCH"; path: string; body: unknown },
    scope: string,
    purpose: Purpose,
  ): Promise<void> {
    const operation = await this.#api.call(
      { ...purpose, ...call, query: { requestId: randomUUID() } },
      Operation,
    );
    await awaitOperation(this.#api, operation, { ...purpose, scope });
  }

  async #find(wanted: WantedSchedule, purpose: Purpose): Promise<ResourcePolicy | undefined> {
    try {
      return await this.#api.call({ ...purpose, method: "GET", path: pathOf(wanted) }, ResourcePolicy);
    } catch (error) {
      if (hasCode(error, "not-found")) return undefined;
      throw error;
    }
  }
}

function pathOf({ region, name }: WantedSchedule): string {
  return `regions/${region}/resourcePolicies/${name}`;
}

const AFTER_DELETE = { keep: "KEEP_AUTO_SNAPSHOTS", "delete-in-time": "APPLY_RETENTION_POLICY" } as const;

function bodyOf({ dailyAt, keepDays, afterDiskDelete, location, guestFlush }: WantedSchedule) {
  return {
    snapshotSchedulePolicy: {
      schedule: { dailySchedule: { daysInCycle: 1, startTime: dailyAt } },
      retentionPolicy: { maxRetentionDays: keepDays, onSourceDiskDelete: AFTER_DELETE[afterDiskDelete] },
      snapshotProperties: {
        ...(location === undefined ? {} : { storageLocations: [location] }),
        ...(guestFlush === undefined ? {} : { guestFlush }),
      },
    },
  };
}

function differencesOf(
  { snapshotSchedulePolicy: policy }: ResourcePolicy,
  wanted: WantedSchedule,
  what: string,
): SchedulePlan["differences"] {
  if (policy === undefined) {
    const why = `the resource policy ${wanted.name} is there, and makes no snapshots`;
    throw new HoldfastError("refused", { what, why, next: "choose another name" });
  }
  const { schedule, retentionPolicy, snapshotProperties } = policy;
  const daily = schedule.dailySchedule;
  const facts: [what: string, is: string, wanted: string][] = [
    ["schedule", daily === undefined ? "not daily" : `every ${daily.daysInCycle} days`, "every 1 days"],
    ["daily at (UTC)", daily?.startTime ?? "never", wanted.dailyAt],
    ["kept for days", String(retentionPolicy.maxRetentionDays ?? "ever"), String(wanted.keepDays)],
    [
      "after the disk is deleted",
      retentionPolicy.onSourceDiskDelete ?? "UNSPECIFIED",
      AFTER_DELETE[wanted.afterDiskDelete],
    ],
  ];
  if (wanted.location !== undefined) {
    facts.push([
      "location",
      snapshotProperties.storageLocations.join(", ") || "Google's choice",
      wanted.location,
    ]);
  }
  if (wanted.guestFlush !== undefined) {
    facts.push(["guest flush", String(snapshotProperties.guestFlush), String(wanted.guestFlush)]);
  }
  return facts
    .filter(([, is, should]) => is !== should)
    .map(([fact, is, should]) => ({ what: fact, is, wanted: should }));
}
