/** What the web server needs of the daemon, and nothing more. */
import type { StackStatus } from "../app/read-status.ts";
import type { Instant } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { RetentionDecision } from "../domain/retention.ts";
import type { RunRecord } from "../domain/run.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Attempt } from "../domain/timeline.ts";

export interface WebContext {
  /** From memory: every page view and health check calls it. */
  status(): StackStatus;
  /** The points of a known job in all of its stores, in any order. */
  points(job: string): Promise<readonly CatalogPoint[]>;
  /** From memory, of a known job: its backups since the instant, and its points as they were last seen. */
  past(job: string, since: Instant): JobPast;
  /** Of a known job, from memory: its last runs of every kind, the newest first. */
  runs(job: string): readonly RunRecord[];
  /** What was told while a run went on, oldest first; empty where this process did not see it, or has forgotten it. */
  logOf(run: string): readonly RunLogLine[];
  /** Of a known job, from memory: by store, what keeps each point that is there, or why the next prune removes it. */
  retention(job: string): ReadonlyMap<string, readonly RetentionDecision[]>;
  /** Asks for a backup now. `busy`: the job is running or queued already. */
  requestRun(job: string, actor: string): RunRequestResult | Promise<RunRequestResult>;
  metrics(): Promise<{ contentType: string; body: string }>;
  /** Undefined: nothing can be started over HTTP. */
  token: string | undefined;
}

export interface JobPast {
  attempts: readonly Attempt[];
  /** Newest first in each store; a point in two stores twice. */
  points: readonly CatalogPoint[];
  schedule: Schedule | undefined;
}

export interface RunLogLine {
  at: Instant;
  level: "info" | "warn" | "error";
  text: string;
}

export type RunRequestResult = { runId: string } | "unknown" | "busy";
