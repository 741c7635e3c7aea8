/** The status and the points as JSON: times in ISO 8601, durations in seconds, null for what is not known. */
import type { DrillStatus, JobStatus, JobStoreStatus, StackStatus, StoreStatus } from "../app/read-status.ts";
import { dumpsIn } from "../domain/dump-in-point.ts";
import { recentOnly } from "../domain/recent-only.ts";
import { SECOND, toIso, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { RunRecord } from "../domain/run.ts";

/** What `GET /api/v1/status` answers; documented in docs/http-api.md. */
export function statusJson(status: StackStatus) {
  return {
    stack: status.stack,
    version: status.version,
    at: toIso(status.at),
    fresh: status.fresh,
    jobs: status.jobs.map(jobJson),
    stores: status.stores.map(storeJson),
    alerts: status.alerts.map(({ problem, since }) => ({
      condition: problem.condition,
      job: problem.job ?? null,
      store: problem.store ?? null,
      severity: problem.severity,
      title: problem.title,
      detail: problem.detail,
      next: problem.next,
      since: toIso(since),
    })),
    problems: status.problems.map(({ job, store, id, kind, message }) => ({
      job,
      store,
      point: id,
      kind,
      message,
    })),
    silences: (status.silences ?? []).map(({ job, since, until, reason }) => ({
      job: job ?? null,
      since: toIso(since),
      until: toIso(until),
      reason,
    })),
    gameday: {
      lastAt: time(status.gameday?.lastRun?.finishedAt),
      restoreSeconds: seconds(status.gameday?.lastRun?.restoreMs),
      everySeconds: seconds(status.gameday?.every),
      dueSince: time(status.gameday?.dueSince),
    },
    stateError: status.stateError ?? null,
    configError: status.configError ?? null,
    unprotectedVolumes: status.unprotectedVolumes ?? null,
  };
}

function jobJson(job: JobStatus) {
  return {
    name: job.name,
    sourceKind: job.sourceKind,
    schedule: job.schedule ?? null,
    firstSeenAt: toIso(job.firstSeenAt),
    nextRunAt: time(job.nextRunAt),
    running: job.running,
    freshness: job.freshness,
    maxAgeSeconds: seconds(job.maxAge),
    minSizeBytes: job.minSize ?? null,
    rpoSeconds: seconds(job.rpo),
    rtoSeconds: seconds(job.rto),
    successRate: job.successRate ?? null,
    lastRun: job.lastRun === undefined ? null : runJson(job.lastRun),
    recentRuns: job.recentRuns.map(({ id, startedAt, durationMs, outcome }) => ({
      id,
      startedAt: toIso(startedAt),
      durationSeconds: durationMs / SECOND,
      outcome,
    })),
    drill: drillJson(job.drill),
    stores: job.stores.map(jobInStoreJson),
  };
}

function drillJson({
  schedule,
  nextAt,
  lastRun,
  lastSuccessAt,
  restoreMs,
  maxAge,
  overdueSince,
}: DrillStatus) {
  return {
    schedule: schedule ?? null,
    nextAt: time(nextAt),
    lastRun: lastRun === undefined ? null : runJson(lastRun),
    lastSuccessAt: time(lastSuccessAt),
    restoreSeconds: seconds(restoreMs),
    maxAgeSeconds: seconds(maxAge),
    overdueSince: time(overdueSince),
  };
}

function jobInStoreJson(status: JobStoreStatus) {
  const { store, freshness, newest, age, points, oldestAt, lastVerifiedAt, damaged, retention } = status;
  return {
    store,
    freshness,
    ageSeconds: seconds(age),
    newest:
      newest === undefined
        ? null
        : { ...newest, startedAt: toIso(newest.startedAt), finishedAt: toIso(newest.finishedAt) },
    points: points ?? null,
    damagedPoints: damaged.length,
    oldestAt: time(oldestAt),
    lastVerifiedAt: time(lastVerifiedAt),
    retention,
  };
}

/** One run, as the API and `--json` show it. */
export function runJson(run: RunRecord) {
  return {
    id: run.id,
    job: run.job,
    operation: run.operation,
    trigger: run.trigger,
    startedAt: toIso(run.startedAt),
    finishedAt: toIso(run.finishedAt),
    durationSeconds: run.durationMs / SECOND,
    outcome: run.outcome,
    reason: run.reason ?? null,
    point: run.point ?? null,
    sourceBytes: run.sourceBytes ?? null,
    files: run.files ?? null,
    warningCount: run.warningCount,
    stores: run.stores,
  };
}

function storeJson({ name, kind, up, error, checkedAt, freeBytes, totalBytes }: StoreStatus) {
  return {
    name,
    kind,
    up: up ?? null,
    error: error ?? null,
    checkedAt: time(checkedAt),
    freeBytes: freeBytes ?? null,
    totalBytes: totalBytes ?? null,
  };
}

/** One point of `GET /api/v1/jobs/<job>/points`. */
export function pointJson({ store, id, startedAt, finishedAt, record, pinned, lastProof }: CatalogPoint) {
  const recent = recentOnly(record);
  return {
    store,
    id,
    kind: record.kind,
    needs: record.needs,
    startedAt: toIso(startedAt),
    finishedAt: toIso(finishedAt),
    files: record.totals.files,
    sourceBytes: record.totals.sourceBytes,
    storedBytes: record.totals.storedBytes,
    warningCount: record.warningCount,
    ...(dumpsIn(record).length === 0 ? {} : { dumps: dumpsIn(record) }),
    ...(recent === undefined ? {} : { modifiedWithinSeconds: recent.within / SECOND }),
    pinned,
    lastProof:
      lastProof === undefined
        ? null
        : { operation: lastProof.operation, at: lastProof.at, outcome: lastProof.outcome },
  };
}

function time(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toIso(instant);
}

function seconds(duration: Milliseconds | undefined): number | null {
  return duration === undefined ? null : duration / SECOND;
}
