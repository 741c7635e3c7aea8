/**
 * The state of the whole stack at one instant, from the catalog, the history and the alert state: what `status`, the
 * status page, the API, the metrics and the alert conditions all read, so that they cannot disagree.
 */
import type { Problem } from "../domain/alerts.ts";
import type { Freshness } from "../domain/freshness.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { RunRecord } from "../domain/run.ts";

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
}
