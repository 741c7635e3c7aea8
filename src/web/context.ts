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
  /** Asks for a run now. `busy`: the job is running or queued already. `unknown`: there is no such job, or it cannot do that. */
  request(job: string, action: JobAction, actor: string): RunRequestResult | Promise<RunRequestResult>;
  /** What `request` takes of a known job. */
  actionsOf(job: string): readonly JobAction[];
  /** Looks into a point. Rejects with `not-found`, with `usage` where the point has no files, and with trouble of its store. */
  files(at: InPoint & { after: string | undefined }): Promise<DirectoryInPoint>;
  /** As `files`; the chunks end in an error when the bytes are not those that were archived. */
  file(at: InPoint): Promise<{ size: number; chunks: AsyncIterable<Uint8Array> }>;
  now: () => Instant;
  stack: string;
  metrics(
    form: "text" | "openmetrics",
  ): Promise<{ contentType: string; body: string; bytes?: MadeBytes | undefined }>;
  /** Undefined: nothing can be started over HTTP. */
  token: string | undefined;
}

/** A body as it is sent, made before it was asked for. */
export interface MadeBytes {
  plain: Buffer;
  gzip: Buffer;
}

export interface JobPast {
  attempts: readonly Attempt[];
  /** Newest first in each store; a point in two stores twice. */
  points: readonly CatalogPoint[];
  schedule: Schedule | undefined;
}

/** Paths in a point are byte strings, as its index has them. */
export interface InPoint {
  job: string;
  point: string;
  path: string;
  signal: AbortSignal;
}

export interface DirectoryInPoint {
  files: readonly FileInPoint[];
  /** The last path of these, where there are more. */
  next: string | undefined;
}

export interface FileInPoint {
  path: string;
  /** `file`, `directory`, `symlink`, … */
  type: string;
  size: number;
  mode: number;
  changedAt: Instant | undefined;
  target: string | undefined;
}

export const JOB_ACTIONS = ["run", "verify", "drill"] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

export interface RunLogLine {
  at: Instant;
  level: "info" | "warn" | "error";
  text: string;
}

/** The id is known beforehand of a backup only. */
export type RunRequestResult = { runId: string | undefined } | "unknown" | "busy";
