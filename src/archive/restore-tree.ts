/** Restores a recovery point, or parts of it, into a directory: whole or not at all. */
import { cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import type { FramedObject } from "./framed-object.ts";
import { readIndex } from "./read-index.ts";
import { ArchiveSet, planSteps, selectEntries, type ArchiveOf } from "./restore/plan.ts";
import { runRestoreWorker, type WrittenTree } from "./restore/run-worker.ts";
import { openStaging, type OnExisting, type Staging } from "./restore/staging.ts";
import type { RestoreCounts } from "./restore/worker-channel.ts";

export interface RestoreTreeOptions {
  index: ObjectReader;
  archive: ArchiveOf;
  /** Files or subtrees, relative to the root; all of it without them. */
  paths?: readonly string[] | undefined;
  /** The directory to restore to. */
  target: string;
  /** What to do with a target that is not empty. */
  onExisting: OnExisting;
  signal?: AbortSignal | undefined;
  onProgress?: ((counts: RestoreCounts) => void) | undefined;
}

export interface RestoreTreeResult extends RestoreCounts {
  warnings: string[];
}

/**
 * Every file is checked against its digest before anything of the target is touched. A failed or cancelled restore
 * leaves the target as it was and nothing beside it.
 */
export async function restoreTree(options: RestoreTreeOptions): Promise<RestoreTreeResult> {
  const { target, signal } = options;
  if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
  const staging = await atTarget(target, () => openStaging(target, options.onExisting));
  try {
    const { counts, warnings } = await writeStaged(options, staging);
    if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
    await atTarget(target, () => staging.swap());
    return { ...counts, warnings };
  } finally {
    await atTarget(target, () => staging.discard());
  }
}

async function writeStaged(options: RestoreTreeOptions, staging: Staging): Promise<WrittenTree> {
  const { index, archive, paths, signal, onProgress } = options;
  const archives = new ArchiveSet(archive, signal);
  const planned = selectEntries(readIndex(index, { signal }), paths);
  return runRestoreWorker({
    root: staging.directory,
    steps: planSteps(planned, archives),
    pointOf: (object: FramedObject) => archives.pointOf(object),
    signal,
    onProgress,
  });
}

/** Says of which target a file system's error is. */
async function atTarget<T>(target: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const next = "check the directory's permissions and free space";
    throw new HoldfastError("internal", {
      what: `Restoring to ${target}`,
      why: messageOf(error),
      next,
      cause: error,
    });
  }
}
