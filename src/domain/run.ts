/** A run: one attempt of a job. */
import type { Instant, Milliseconds } from "./instant.ts";

export const OPERATIONS = ["backup", "prune", "verify", "restore", "drill", "copy", "gameday"] as const;
export type Operation = (typeof OPERATIONS)[number];

export const OUTCOMES = ["succeeded", "partial", "failed", "cancelled", "skipped"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Who asked for a run, for the history and the audit trail. */
export type Trigger = "schedule" | "catch-up" | "command" | "api";

/** How one store fared in a backup run. */
export interface StoreResult {
  store: string;
  outcome: "succeeded" | "failed";
  /** Stored bytes of the point; 0 when it failed. */
  storedBytes: number;
  /** The sentence of the error, when it failed. */
  error?: string;
}

export interface RunRecord {
  id: string;
  job: string;
  operation: Operation;
  trigger: Trigger;
  startedAt: Instant;
  finishedAt: Instant;
  durationMs: Milliseconds;
  outcome: Outcome;
  /** Id of the point that the run made or worked on. */
  point?: string;
  sourceBytes?: number;
  files?: number;
  /** Of a drill: from the decision until its checks had passed, without what was cleared away afterwards. */
  restoreMs?: Milliseconds;
  warningCount: number;
  stores: StoreResult[];
  /** One sentence, when the outcome is not succeeded. */
  reason?: string;
}
