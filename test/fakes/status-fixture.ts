/** Statuses to show, measure and judge in tests: one healthy stack, and the parts to make others from. */
import type { DrillStatus } from "../../src/app/drill-status.ts";
import type { JobStatus, JobStoreStatus, StackStatus, StoreStatus } from "../../src/app/read-status.ts";
import { HOUR, MINUTE, toIso, type Instant } from "../../src/domain/instant.ts";
import type { CaptureProblem, CaptureWarning, CatalogPoint } from "../../src/domain/recovery-point.ts";
import type { RunRecord } from "../../src/domain/run.ts";
import { recordOf } from "./points.ts";

/** The instant at which every fixture is read. */
export const STATUS_AT: Instant = Date.parse("2026-11-20T12:00:00Z");

export function runRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  const startedAt = overrides.startedAt ?? STATUS_AT - 9 * HOUR;
  const durationMs = overrides.durationMs ?? 2 * MINUTE;
  return {
    id: "run-1",
    job: "data",
    operation: "backup",
    trigger: "schedule",
    startedAt,
    finishedAt: startedAt + durationMs,
    durationMs,
    outcome: "succeeded",
    point: "20261120T030000Z-7f3a",
    sourceBytes: 5_000_000_000,
    files: 1234,
    warningCount: 0,
    stores: [{ store: "local", outcome: "succeeded", storedBytes: 2_000_000_000 }],
    ...overrides,
  };
}

export function jobStoreStatus(overrides: Partial<JobStoreStatus> = {}): JobStoreStatus {
  return {
    store: "local",
    freshness: "fresh",
    newest: {
      id: "20261120T030000Z-7f3a",
      startedAt: STATUS_AT - 9 * HOUR,
      finishedAt: STATUS_AT - 9 * HOUR + 2 * MINUTE,
      files: 1234,
      sourceBytes: 5_000_000_000,
      storedBytes: 2_000_000_000,
      warningCount: 0,
      databases: [],
      silentChanges: [],
    },
    age: 9 * HOUR,
    points: 14,
    oldestAt: STATUS_AT - 14 * 24 * HOUR,
    lastVerifiedAt: STATUS_AT - 33 * HOUR,
    damaged: [],
    retention: { policy: "keep everything", from: "retention" },
    ...overrides,
  };
}

/** A store that holds no point of the job. */
export function neverBackedUp(store = "local"): JobStoreStatus {
  return {
    store,
    freshness: "never",
    newest: undefined,
    age: undefined,
    points: 0,
    oldestAt: undefined,
    lastVerifiedAt: undefined,
    damaged: [],
    retention: { policy: "keep everything", from: "retention" },
  };
}

/** A store that has not answered since the process began. */
export function notKnown(store = "local"): JobStoreStatus {
  return { ...neverBackedUp(store), freshness: "unknown", points: undefined };
}

export function jobStatus(overrides: Partial<JobStatus> = {}): JobStatus {
  const lastRun = runRecord(overrides.name === undefined ? {} : { job: overrides.name });
  return {
    name: "data",
    sourceKind: "volume",
    schedule: { expression: "0 3 * * *", timezone: "UTC" },
    firstSeenAt: STATUS_AT - 30 * 24 * HOUR,
    nextRunAt: STATUS_AT + 15 * HOUR,
    running: false,
    freshness: "fresh",
    maxAge: 26 * HOUR,
    minSize: undefined,
    rpo: 9 * HOUR,
    rto: 5 * MINUTE,
    rtoAt: Date.parse("2026-11-19T04:00:00Z"),
    successRate: 0.9,
    lastRun,
    recentRuns: [lastRun],
    drill: drillStatus(),
    stores: [jobStoreStatus()],
    ...overrides,
  };
}

/** Of a job that is drilled each week, and was two days ago. */
export function drillStatus(overrides: Partial<DrillStatus> = {}): DrillStatus {
  const startedAt = STATUS_AT - 48 * HOUR;
  return {
    schedule: { expression: "0 5 * * 3", timezone: "UTC" },
    nextAt: STATUS_AT + 5 * 24 * HOUR,
    lastRun: runRecord({ id: "drill-1", operation: "drill", startedAt, durationMs: 6 * MINUTE, stores: [] }),
    lastSuccessAt: startedAt + 6 * MINUTE,
    restoreMs: 5 * MINUTE,
    maxAge: 170 * HOUR,
    overdueSince: undefined,
    ...overrides,
  };
}

export function storeStatus(overrides: Partial<StoreStatus> = {}): StoreStatus {
  return {
    name: "local",
    kind: "local",
    up: true,
    error: undefined,
    checkedAt: STATUS_AT - 1 * MINUTE,
    freeBytes: 60_000_000_000,
    lowBytes: undefined,
    tellBelowBytes: 10_000_000_000,
    totalBytes: 100_000_000_000,
    ...overrides,
  };
}

/** `fresh` follows from the jobs unless it is given. */
export function stackStatus(overrides: Partial<StackStatus> = {}): StackStatus {
  const jobs = overrides.jobs ?? [jobStatus()];
  return {
    stack: "analytics",
    version: "1.2.3",
    at: STATUS_AT,
    fresh: jobs.every((job) => job.freshness === "fresh"),
    jobs,
    stores: [storeStatus()],
    alerts: [],
    problems: [],
    stateError: undefined,
    unprotectedVolumes: ["cache"],
    ...overrides,
  };
}

/** A point of job data in store local that passed a verify. */
function warning(problem: CaptureProblem, message: string): CaptureWarning {
  return { path: "file", problem, message };
}

export function catalogPoint(startedAt: Instant, overrides: Partial<CatalogPoint> = {}): CatalogPoint {
  const warnings = [
    warning("changed", "uploads/<new>/a&b.jpg changed while it was read: a copy of it may be torn."),
    warning("unreadable", "Reading private/key.pem failed: permission denied (EACCES)."),
  ];
  const record = recordOf(toIso(startedAt), { warnings, warningCount: warnings.length });
  const verifiedAt = toIso(startedAt + 2 * HOUR);
  return {
    store: "local",
    job: record.job,
    id: record.id,
    startedAt,
    finishedAt: Date.parse(record.finishedAt),
    record,
    pinned: false,
    lastProof: {
      format: 1,
      operation: "verify",
      point: record.id,
      at: verifiedAt,
      outcome: "passed",
      problems: [],
    },
    ...overrides,
  };
}
