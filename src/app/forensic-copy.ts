/**
 * A copy of what a source holds before a restore replaces it, for whoever wants to know what had happened to it: an archive like
 * that of a point, in a folder that is no job's. So it is in no list, restored by no choice, and pruned by nobody.
 */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { stackPrefix } from "../domain/recovery-point.ts";
import type { Source } from "../ports/source.ts";
import type { AppContext } from "./app-context.ts";
import type { BackupStore } from "./destination.ts";
import { runBackup } from "./run-backup.ts";

export interface ForensicCopyRequest {
  job: string;
  source: Source;
  /** Which one keeps it. */
  store: BackupStore;
  signal: AbortSignal;
}

/** Gives the key prefix of the copy in the store. Throws when it is not whole there. */
export async function takeForensicCopy(
  { stack, clock, tool, encryption }: Pick<AppContext, "stack" | "clock" | "tool" | "encryption">,
  { job, source, store, signal }: ForensicCopyRequest,
): Promise<string> {
  const prefixOf = (id: string): string => `${stackPrefix(stack)}.forensics/${job}/${id}/`;
  try {
    const { record } = await runBackup({
      ...{ stack, job, source, prefixOf, clock, tool, signal, encryption },
      asItIs: true,
      stores: [store],
      previous: undefined,
    });
    return prefixOf(record.id);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HoldfastError("source", {
      what: `Keeping a copy of what the source of job ${job} holds now`,
      why: messageOf(error),
      next: `nothing was changed: see to that, or restore without a copy by --no-forensics`,
      cause: error,
    });
  }
}
