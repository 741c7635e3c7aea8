/**
 * The recovery of a stack that is under way, on disk before each of its steps: whoever comes after a crash goes on with it. One at a
 * time. What has ended is kept as a report.
 */
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { PlannedPoint, RestoreKind } from "../domain/recovery-plan.ts";

export interface RecoveryLog {
  /** The one that has not ended. Throws `damaged` for what is none. */
  current(): Promise<RecoveryRecord | undefined>;
  /** Replaces it, synced; the last of several at once is what stays. */
  write(record: RecoveryRecord): Promise<void>;
  /** Keeps its report, and forgets it. Gives the path of the report. */
  end(record: RecoveryRecord, report: { markdown: string }): Promise<string>;
  /** Forgets it without a report. */
  drop(): Promise<void>;
}

export interface RecoveryRecord {
  id: string;
  stack: string;
  startedAt: Instant;
  /** The moment that was asked for; undefined: the newest of everything. */
  at: Instant | undefined;
  /** Jobs that were asked for; none: all. */
  only: readonly string[];
  steps: RecoveryStep[];
  /** Names of containers that ran before it, or were to run by what it does. */
  stopped: string[];
  /** When it first began to replace what was there; nothing of the stack's data has changed before. */
  changedAt: Instant | undefined;
  /** All data is back, and services are being started. */
  servicesStartedAt: Instant | undefined;
  /** How often it was begun or gone on with. */
  attempts: number;
}

export interface RecoveryStep {
  job: string;
  kind: RestoreKind;
  point: PlannedPoint;
  /** When what is there began to be replaced. */
  begunAt: Instant | undefined;
  doneAt: Instant | undefined;
  ms: Milliseconds | undefined;
  /** Where what was there before is, as clauses; on disk before it is replaced, for what is known then. */
  safety: string | undefined;
  warnings: readonly string[];
}
