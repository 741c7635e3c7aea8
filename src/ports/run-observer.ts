import type { DatabaseCaptured } from "./source.ts";
import type { Operation, RunRecord } from "../domain/run.ts";

/** Told of what happens in runs: the log, the metrics, the history and a progress bar are observers. Must not throw. */
export interface RunObserver {
  runStarted?(run: { id: string; job: string; operation: Operation; startedAt: number }): void;
  runProgress?(run: { id: string; job: string; operation: Operation }, progress: RunProgress): void;
  runWarned?(run: { id: string; job: string; operation: Operation }, message: string): void;
  runFinished?(run: RunRecord, error?: unknown): void;
  /** Containers ran again after they were held. */
  servicesHeld?(event: { job: string; heldMs: number }): void;
  /** Also when its capture did not pass its check. */
  databaseCaptured?(event: { job: string } & DatabaseCaptured): void;
  /** Of points that a killed run of the job had begun. */
  leftoversRemoved?(event: { job: string; store: string; objects: number }): void;
  /** From other stores of the job. */
  pointsCopied?(event: { job: string; store: string; points: string[] }): void;
  pointsPruned?(event: { job: string; store: string; points: string[] }): void;
}

export interface RunProgress {
  /** What is going on, e.g. "archiving", "reading back", "restoring". */
  phase: string;
  files: number;
  bytes: number;
  /** Where it is known. */
  totalBytes?: number | undefined;
}
