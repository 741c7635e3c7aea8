/**
 * The state of the whole stack at one instant, from the catalog, the history and the alert state: what `status`, the
 * status page, the API, the metrics and the alert conditions all read, so that they cannot disagree.
 */
import type { Problem } from "../domain/alerts.ts";
import { assessFreshness, FRESHNESS, type Freshness } from "../domain/freshness.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { RunRecord } from "../domain/run.ts";
import type { RunHistory } from "../ports/state.ts";
import type { StoreSnapshot } from "./store-snapshot.ts";

export interface StackStatus {
  stack: string;
  version: string;
  at: Instant;
  /** True when every job is fresh in every one of its stores. */
  fresh: boolean;
  jobs: JobStatus[];
  stores: StoreStatus[];
  /** Alerts that are firing now. */
  alerts: { problem: Problem; since: Instant }[];
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
  lastRun: RunRecord | undefined;
  /** Newest first, bounded: for a trend. */
  recentRuns: RunRecord[];
  stores: JobStoreStatus[];
}

export interface JobStoreStatus {
  store: string;
  freshness: Freshness;
  newest: NewestPoint | undefined;
  /** Age of the newest point's start. */
  age: Milliseconds | undefined;
  points: number;
  /** Start of the oldest point. */
  oldestAt: Instant | undefined;
  lastVerifiedAt: Instant | undefined;
}

export interface NewestPoint {
  id: string;
  startedAt: Instant;
  finishedAt: Instant;
  files: number;
  sourceBytes: number;
  storedBytes: number;
  warningCount: number;
}

export interface StoreStatus {
  name: string;
  kind: string;
  up: boolean;
  /** Why it is not up. */
  error: string | undefined;
  checkedAt: Instant;
  freeBytes: number | undefined;
  totalBytes: number | undefined;
  /** Free bytes below which the store counts as low, as configured; undefined: by the rule of store-room.ts. */
  lowBytes: number | undefined;
}

/** The config's `alerts.diskLow`: low when either limit is reached. */
export interface DiskLowLimits {
  /** 0 to 100. */
  percent?: number | undefined;
  bytes?: number | undefined;
}

/** How many recent backup runs a job's status carries. */
const RECENT_RUNS = 30;

export interface StatusInputs {
  stack: string;
  version: string;
  now: Instant;
  jobs: readonly Job[];
  /** One for each store of the config. */
  snapshots: readonly StoreSnapshot[];
  diskLow: DiskLowLimits;
  runs: RunHistory;
  alerts: StackStatus["alerts"];
  isRunning: (job: string) => boolean;
  nextRunAt: (job: string) => Instant | undefined;
}

/** Reads no store: the snapshots are what it knows of them. */
export function readStatus(inputs: StatusInputs): StackStatus {
  const jobs = inputs.jobs.map((job) => jobStatus(job, inputs));
  return {
    stack: inputs.stack,
    version: inputs.version,
    at: inputs.now,
    fresh: jobs.every(({ freshness }) => freshness === "fresh"),
    jobs,
    stores: inputs.snapshots.map((snapshot) => storeStatus(snapshot, inputs.diskLow)),
    alerts: inputs.alerts,
  };
}

function jobStatus(job: Job, inputs: StatusInputs): JobStatus {
  const firstSeenAt = inputs.runs.firstSeen(job.name, inputs.now);
  const recentRuns = inputs.runs.recent({ job: job.name, operation: "backup", limit: RECENT_RUNS });
  const stores = job.stores.map((store) => jobStoreStatus(job, store, firstSeenAt, inputs));
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
    lastRun: recentRuns[0],
    recentRuns,
    stores: stores.map(({ limit: _limit, ...status }) => status),
  };
}

function jobStoreStatus(
  job: Job,
  store: string,
  firstSeenAt: Instant,
  { snapshots, now }: StatusInputs,
): JobStoreStatus & { limit: Milliseconds | undefined } {
  const snapshot = snapshots.find(({ name }) => name === store);
  const points = (snapshot?.points ?? []).filter((point) => point.job === job.name);
  const [newest] = points;
  const { freshness, limit, age } = assessFreshness({
    newestStartedAt: newest?.startedAt,
    firstSeenAt,
    schedule: job.schedule,
    maxAge: job.freshness.maxAge,
    now,
  });
  return {
    store,
    freshness,
    limit,
    age,
    newest: newest && newestPoint(newest),
    points: points.length,
    oldestAt: points.at(-1)?.startedAt,
    lastVerifiedAt: lastVerifiedAt(points),
  };
}

function newestPoint({ id, startedAt, finishedAt, record }: CatalogPoint): NewestPoint {
  const { files, sourceBytes, storedBytes } = record.totals;
  return { id, startedAt, finishedAt, files, sourceBytes, storedBytes, warningCount: record.warningCount };
}

function lastVerifiedAt(points: readonly CatalogPoint[]): Instant | undefined {
  const passed = points.flatMap(({ lastProof }) =>
    lastProof?.outcome === "passed" ? [Date.parse(lastProof.at)] : [],
  );
  return passed.length === 0 ? undefined : Math.max(...passed);
}

function storeStatus(snapshot: StoreSnapshot, { percent, bytes }: DiskLowLimits): StoreStatus {
  const { name, kind, up, error, checkedAt, freeBytes, totalBytes } = snapshot;
  const isConfigured = percent !== undefined || bytes !== undefined;
  const lowBytes = isConfigured
    ? Math.max((totalBytes ?? 0) * ((percent ?? 0) / 100), bytes ?? 0)
    : undefined;
  return { name, kind, up, error, checkedAt, freeBytes, totalBytes, lowBytes };
}

/** `never` is worse than `stale`: nothing at all can be restored. */
function worst(all: readonly Freshness[]): Freshness {
  return FRESHNESS[Math.max(...all.map((freshness) => FRESHNESS.indexOf(freshness)))] ?? "never";
}
