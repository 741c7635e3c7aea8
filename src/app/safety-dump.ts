/** A point of what is there before a restore replaces it: an ordinary one, but that nothing takes for the newest to restore. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { SAFETY, type CommitRecord } from "../domain/recovery-point.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { BackupStore } from "./destination.ts";
import { encryptionFor } from "./encryption-for.ts";
import type { Hold } from "./held-locks.ts";
import { runBackup } from "./run-backup.ts";

export interface SafetyDumpRequest {
  job: Job;
  source: Source;
  stores: readonly Store[];
  /** Id of the point that is about to be restored. */
  before: string;
  onProgress: (bytes: number) => void;
  signal: AbortSignal;
}

/** Throws when no store has it whole. The caller keeps backups of the job from running; nothing is pruned for it. */
export async function takeSafetyDump(context: AppContext, request: SafetyDumpRequest): Promise<CommitRecord> {
  const { job, stores, signal } = request;
  const holds: { store: Store; lock: Hold }[] = [];
  try {
    for (const store of stores)
      holds.push({
        store,
        lock: await context.locks.hold(store, { operation: "restore", job: job.name, signal }),
      });
    return await dump(context, request, holds);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HoldfastError("source", {
      what: `Keeping a dump of what job ${job.name} is about to replace`,
      why: messageOf(error),
      next: "nothing was changed: see to that, or restore without it by --no-safety",
      cause: error,
    });
  } finally {
    await Promise.all(holds.map(({ lock }) => lock.release()));
  }
}

async function dump(
  context: AppContext,
  { job, source, before, onProgress, signal }: SafetyDumpRequest,
  stores: readonly BackupStore[],
): Promise<CommitRecord> {
  const { stack, clock, tool } = context;
  const { record } = await runBackup({
    ...{ stack, job: job.name, stores, clock, tool, signal, previous: undefined },
    source: marked(source, before),
    encryption: encryptionFor(context, job),
    onProgress: ({ sourceBytes }) => onProgress(sourceBytes),
  });
  return record;
}

function marked(source: Source, before: string): Source {
  return {
    kind: source.kind,
    inspect: (signal) => source.inspect(signal),
    async capture(request) {
      const summary = await source.capture(request);
      return { ...summary, capture: { ...summary.capture, [SAFETY]: true, before } };
    },
  };
}
