/** What the web server needs of the daemon, and nothing more. */
import type { StackStatus } from "../app/read-status.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";

export interface WebContext {
  /** From memory: every page view and health check calls it. */
  status(): StackStatus;
  /** The points of a known job in all of its stores, in any order. */
  points(job: string): Promise<readonly CatalogPoint[]>;
  /** Asks for a backup now. `busy`: the job is running or queued already. */
  requestRun(job: string, actor: string): RunRequestResult | Promise<RunRequestResult>;
  metrics(): Promise<{ contentType: string; body: string }>;
  /** Undefined: nothing can be started over HTTP. */
  token: string | undefined;
}

export type RunRequestResult = { runId: string } | "unknown" | "busy";
