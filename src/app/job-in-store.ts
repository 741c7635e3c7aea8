/** What one store holds of one job: how fresh it is, how many points there are, which of them are damaged. */
import { assessFreshness, type Freshness } from "../domain/freshness.ts";
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { recentOnly } from "../domain/recent-only.ts";
import { describeRetentionIn, type DescribedRetention } from "../domain/retention-in.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { sizeDrop, type SizeDrop } from "../domain/size-drop.ts";
import { databasesIn, type DatabaseCount } from "./databases-in-point.ts";

export interface JobStoreStatus {
  store: string;
  freshness: Freshness;
  /** The newest point that may be trusted: neither its own last proof failed nor that of a point that it needs. */
  newest: NewestPoint | undefined;
  /** Age of that point's start. */
  age: Milliseconds | undefined;
  /** Undefined: not known, for the store has not answered yet. */
  points: number | undefined;
  /** Start of the oldest point that may be trusted. */
  oldestAt: Instant | undefined;
  lastVerifiedAt: Instant | undefined;
  /** Points whose last proof failed, newest first. */
  damaged: readonly DamagedPoint[];
  /** What is kept there. */
  retention: DescribedRetention;
}

export interface NewestPoint {
  id: string;
  startedAt: Instant;
  finishedAt: Instant;
  files: number;
  sourceBytes: number;
  storedBytes: number;
  warningCount: number;
  /** Only what was modified in that time before it is in it, by design. */
  modifiedWithinSeconds?: number;
  /** It holds much less than the points before it. */
  drop?: SizeDrop | undefined;
  /** Those in it, counted by kind and state. */
  databases: readonly DatabaseCount[];
  /** Paths whose content had changed with nothing to show for it. */
  silentChanges: readonly string[];
}

export interface DamagedPoint {
  id: string;
  startedAt: Instant;
  /** When the proof failed. */
  foundAt: Instant;
  /** The first thing that was wrong, one sentence. */
  problem: string | undefined;
}

export interface JobInStore extends JobStoreStatus {
  /** Age at which a point is stale. */
  limit: Milliseconds | undefined;
}

export interface SeenOfJob {
  /** The store answered at least once. */
  isSeen: boolean;
  /** Those of the job, newest first. */
  points: readonly CatalogPoint[];
  firstSeenAt: Instant;
  now: Instant;
}

/** A store that has not answered yet says nothing: `unknown`, which is not `never`. */
export function jobInStore(
  job: Job,
  store: string,
  { isSeen, points, firstSeenAt, now }: SeenOfJob,
): JobInStore {
  const damaged = points.filter(hasFailedProof);
  const trusted = withoutDamage(points, damaged);
  const [newest] = trusted;
  const { freshness, limit, age } = assessFreshness({
    newestStartedAt: newest?.startedAt,
    firstSeenAt,
    schedule: job.schedule,
    maxAge: job.freshness.maxAge,
    now,
  });
  return {
    store,
    freshness: isSeen ? freshness : "unknown",
    limit,
    age,
    newest: newest && { ...newestPoint(newest), ...dropOf(newest, points, job) },
    points: isSeen ? points.length : undefined,
    oldestAt: trusted.at(-1)?.startedAt,
    lastVerifiedAt: lastVerifiedAt(points),
    damaged: damaged.map(damagedPoint),
    retention: describeRetentionIn(job, store),
  };
}

function dropOf(
  newest: CatalogPoint,
  points: readonly CatalogPoint[],
  { freshness }: Job,
): Pick<NewestPoint, "drop"> {
  const records = points.map(({ record }) => record);
  const drop = sizeDrop(newest.record, records, freshness.maxDrop);
  return drop === undefined ? {} : { drop };
}

function hasFailedProof({ lastProof }: CatalogPoint): boolean {
  return lastProof?.outcome === "failed";
}

/** A point is as good as the worst of those that hold its bytes. */
function withoutDamage(points: readonly CatalogPoint[], damaged: readonly CatalogPoint[]): CatalogPoint[] {
  const bad = new Set(damaged.map(({ id }) => id));
  return points.filter(({ id, record }) => !bad.has(id) && !record.needs.some((needed) => bad.has(needed)));
}

function newestPoint({ id, startedAt, finishedAt, record }: CatalogPoint): NewestPoint {
  const { files, sourceBytes, storedBytes } = record.totals;
  const { warnings, warningCount } = record;
  const databases = databasesIn(record);
  const recent = recentOnly(record);
  const silentChanges = warnings.flatMap(({ path, problem }) => (problem === "silent-change" ? [path] : []));
  return {
    id,
    startedAt,
    finishedAt,
    files,
    sourceBytes,
    storedBytes,
    warningCount,
    databases,
    silentChanges,
    ...(recent === undefined ? {} : { modifiedWithinSeconds: recent.within / SECOND }),
  };
}

function damagedPoint({ id, startedAt, lastProof }: CatalogPoint): DamagedPoint {
  const foundAt = lastProof === undefined ? startedAt : Date.parse(lastProof.at);
  return { id, startedAt, foundAt, problem: lastProof?.problems[0] };
}

function lastVerifiedAt(points: readonly CatalogPoint[]): Instant | undefined {
  const passed = points.flatMap(({ lastProof }) =>
    lastProof?.outcome === "passed" ? [Date.parse(lastProof.at)] : [],
  );
  return passed.length === 0 ? undefined : Math.max(...passed);
}
