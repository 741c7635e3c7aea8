/**
 * The state of the whole stack at one instant, from the catalog, the history and the alert state: what `status`, the
 * status page, the API, the metrics and the alert conditions all read, so that they cannot disagree.
 */
import type { Problem } from "../domain/alerts.ts";
import { FRESHNESS, type Freshness } from "../domain/freshness.ts";
import { DAY, HOUR, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Operation, RunRecord } from "../domain/run.ts";
import { inForce, type Silence } from "../domain/silence.ts";
import type { RunHistory } from "../ports/state.ts";
import type { CatalogProblem } from "./catalog.ts";
import { lowBytesOf, type DiskLowLimits } from "./disk-low.ts";
import { gamedayStatus, type GamedayStatus } from "./gameday/gameday-status.ts";
import { drillStatus, type DrillStatus } from "./drill-status.ts";
import { jobInStore, type JobInStore, type JobStoreStatus } from "./job-in-store.ts";
import { roomIn } from "./store-room.ts";
import type { StoreSnapshot } from "./store-snapshot.ts";

export type { DrillStatus } from "./drill-status.ts";
export type { DamagedPoint, JobStoreStatus, NewestPoint } from "./job-in-store.ts";

export interface StackStatus {
  stack: string;
  version: string;
  at: Instant;
  /** True when every job is fresh in every one of its stores. */
  fresh: boolean;
  jobs: JobStatus[];
  /** All of the config, also those that were not looked at yet. */
  stores: StoreStatus[];
  /** Alerts that are firing now. */
  alerts: { problem: Problem; since: Instant }[];
  /** Points that stand in a store but cannot be used. */
  problems: CatalogProblem[];
  /** Why the state directory takes nothing at present; undefined while it does. */
  stateError: string | undefined;
  /** Named volumes of the stack that no job backs up; undefined: not known, as where no engine is asked. */
  unprotectedVolumes: readonly string[] | undefined;
  /** What is not told at present, because somebody works on it. */
  silences?: readonly Silence[];
  /** Why the config, as it stands, is not the one in effect; undefined when it is, and in a command. */
  configError?: string | undefined;
  /** What is being done to services of the stack, by whichever process; undefined: nothing, or not known, as in a command. */
  held?: HeldServices | undefined;
  /** Undefined: nobody asked. */
  gameday?: GamedayStatus | undefined;
}

export interface HeldServices {
  job: string;
  since: Instant;
  services: readonly string[];
}

export interface JobStatus {
  name: string;
  sourceKind: string;
  schedule: { expression: string; timezone: string } | undefined;
  /** When the job was first configured, as far as the state knows. */
  firstSeenAt: Instant;
  nextRunAt: Instant | undefined;
  running: boolean;
  /** The worst of its stores. */
  freshness: Freshness;
  /** Age at which a point is stale. */
  maxAge: Milliseconds | undefined;
  minSize: number | undefined;
  /** How much could be lost now: age of the newest trusted point in a store that answers. Undefined: all of it, or not known. */
  rpo: Milliseconds | undefined;
  /** How long the last restore or drill of a whole point took; undefined: there was none. */
  rto: Milliseconds | undefined;
  /** When that was. */
  rtoAt?: Instant | undefined;
  /** Share, from 0 to 1, of its backup runs of the last 30 days that made a point, also a partial one; undefined: there was none. */
  successRate: number | undefined;
  lastRun: RunRecord | undefined;
  /** Newest first, bounded: for a trend. */
  recentRuns: RunRecord[];
  drill: DrillStatus;
  stores: JobStoreStatus[];
}

export interface StoreStatus {
  name: string;
  kind: string;
  /** Undefined: it has not been looked at yet. */
  up: boolean | undefined;
  /** Why it is not up. */
  error: string | undefined;
  checkedAt: Instant | undefined;
  freeBytes: number | undefined;
  totalBytes: number | undefined;
  /** Free bytes below which the store counts as low, as configured; undefined: by the rule of store-room.ts. */
  lowBytes: number | undefined;
  /** Free bytes below which it is running out of space; undefined: nobody can tell, or nobody wants to be told. */
  tellBelowBytes: number | undefined;
}

/** How many recent backup runs a job's status carries. */
const RECENT_RUNS = 30;
const SUCCESS_RATE_OVER = 30 * DAY;

export interface StatusInputs {
  stack: string;
  version: string;
  now: Instant;
  jobs: readonly Job[];
  /** Those of the config. */
  stores: readonly { name: string; kind: string }[];
  /** Of the stores that were looked at. */
  snapshots: readonly StoreSnapshot[];
  diskLow: DiskLowLimits;
  runs: RunHistory;
  alerts: StackStatus["alerts"];
  stateError: string | undefined;
  unprotectedVolumes?: StackStatus["unprotectedVolumes"];
  silences?: readonly Silence[];
  configError?: string | undefined;
  held?: HeldServices | undefined;
  /** Time after which another game day is due; undefined: never. */
  gamedayEvery?: Milliseconds | undefined;
  isRunning: (job: string) => boolean;
  nextRunAt: (job: string) => Instant | undefined;
}

/** Reads no store: the snapshots are what it knows of them. */
export function readStatus(inputs: StatusInputs): StackStatus {
  const seen = new Map(
    inputs.snapshots.map(({ name, seen: isSeen, points }) => [
      name,
      { isSeen, pointsOf: Map.groupBy(points, ({ job }) => job) },
    ]),
  );
  const jobs = inputs.jobs.map((job) => jobStatus(job, inputs, seen));
  return {
    stack: inputs.stack,
    version: inputs.version,
    at: inputs.now,
    fresh: jobs.every(({ freshness }) => freshness === "fresh"),
    jobs,
    stores: inputs.stores.map((store) => storeStatus(store, jobs, inputs)),
    alerts: inputs.alerts,
    problems: inputs.snapshots.flatMap(({ problems }) => problems),
    stateError: inputs.stateError,
    unprotectedVolumes: inputs.unprotectedVolumes,
    silences: inForce(inputs.silences ?? [], inputs.now),
    configError: inputs.configError,
    held: inputs.held,
    gameday: gamedayStatus(inputs.gamedayEvery, inputs),
  };
}

/** By the name of the store. */
type Seen = ReadonlyMap<string, { isSeen: boolean; pointsOf: ReadonlyMap<string, CatalogPoint[]> }>;

function jobStatus(job: Job, inputs: StatusInputs, seen: Seen): JobStatus {
  const { runs, snapshots, now } = inputs;
  const firstSeenAt = runs.firstSeen(job.name, now);
  const recentRuns = runs.recent({ job: job.name, operation: "backup", limit: RECENT_RUNS });
  const pointsIn = (store: string) => seen.get(store)?.pointsOf.get(job.name) ?? [];
  const stores = job.stores.map((store) => {
    const isSeen = seen.get(store)?.isSeen === true;
    return jobInStore(job, store, { isSeen, points: pointsIn(store), firstSeenAt, now });
  });
  return {
    name: job.name,
    sourceKind: job.sourceKind,
    schedule: job.schedule && { expression: job.schedule.expression, timezone: job.schedule.timezone },
    firstSeenAt,
    nextRunAt: inputs.nextRunAt(job.name),
    running: inputs.isRunning(job.name),
    freshness: worst(stores.map(({ freshness }) => freshness)),
    maxAge: stores[0]?.limit,
    minSize: job.freshness.minSize,
    rpo: rpoOf(stores, snapshots),
    ...rtoOf(job.name, runs),
    successRate: successRateOf(job.name, runs, now),
    lastRun: recentRuns[0],
    recentRuns,
    drill: drillStatus(job, { runs, points: job.stores.flatMap(pointsIn), now }),
    stores: stores.map(({ limit: _limit, ...status }) => status),
  };
}

function snapshotOf(snapshots: readonly StoreSnapshot[], store: string): StoreSnapshot | undefined {
  return snapshots.find(({ name }) => name === store);
}

/** What is in a store that does not answer cannot be restored from it now. */
function rpoOf(stores: readonly JobInStore[], snapshots: readonly StoreSnapshot[]): Milliseconds | undefined {
  const ages = stores.flatMap(({ store, age }) =>
    age !== undefined && snapshotOf(snapshots, store)?.up === true ? [age] : [],
  );
  return ages.length === 0 ? undefined : Math.min(...ages);
}

/** Restores of a part carry no size: they are quick, and say nothing of the whole. */
function rtoOf(job: string, runs: RunHistory): Pick<JobStatus, "rto" | "rtoAt"> {
  const whole = (operation: Operation) =>
    runs
      .recent({ job, operation, limit: RECENT_RUNS })
      .find(
        ({ outcome, sourceBytes }) =>
          (outcome === "succeeded" || outcome === "partial") && sourceBytes !== undefined,
      );
  const measured = [whole("restore"), whole("drill")].filter((run) => run !== undefined);
  const [newest] = measured.toSorted((a, b) => b.startedAt - a.startedAt);
  return { rto: newest?.restoreMs ?? newest?.durationMs, rtoAt: newest?.startedAt };
}

/** What was cancelled or skipped says nothing of the job. Whole hours, so that the history is not counted anew at each look. */
function successRateOf(job: string, runs: RunHistory, now: Instant): number | undefined {
  const since = Math.floor(now / HOUR) * HOUR - SUCCESS_RATE_OVER;
  const { succeeded, partial, failed } = runs.outcomes({ job, operation: "backup", since });
  const all = succeeded + partial + failed;
  return all === 0 ? undefined : (succeeded + partial) / all;
}

function storeStatus(
  { name, kind }: { name: string; kind: string },
  jobs: readonly JobStatus[],
  { snapshots, diskLow }: StatusInputs,
): StoreStatus {
  const snapshot = snapshotOf(snapshots, name);
  const { up, error, checkedAt, freeBytes, totalBytes } = snapshot ?? NOT_LOOKED_AT;
  const lowBytes = lowBytesOf(totalBytes, diskLow);
  const tellBelowBytes = roomIn({ jobs }, { name, freeBytes, totalBytes, lowBytes })?.low;
  return { name, kind, up, error, checkedAt, freeBytes, totalBytes, lowBytes, tellBelowBytes };
}

const NOT_LOOKED_AT: Partial<StoreSnapshot> = {};

/** `never` is worse than `stale`: nothing at all can be restored. */
function worst(all: readonly Freshness[]): Freshness {
  return FRESHNESS[Math.max(...all.map((freshness) => FRESHNESS.indexOf(freshness)))] ?? "never";
}
