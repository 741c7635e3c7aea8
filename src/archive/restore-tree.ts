/** Restores a recovery point, or parts of it, into a directory: whole or not at all. */
import { cancellation } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { selectEntries } from "./find-entries.ts";
import type { FramedObject } from "./framed-object.ts";
import { openInPlace, type InPlaceOptions } from "./in-place/in-place-staging.ts";
import { assertRoom } from "./in-place/room.ts";
import { hasContent } from "./index-entry.ts";
import { toSelection } from "./read-index.ts";
import { ArchiveSet, planSteps, readsContent, type ArchiveOf } from "./restore/plan.ts";
import { runRestoreWorker, type WrittenTree } from "./restore/run-worker.ts";
import { openStaging, type Staging, type StagingOptions } from "./restore/staging.ts";
import { targetError } from "./restore/target-error.ts";
import type { RestoreCounts } from "./restore/worker-channel.ts";

export interface RestoreTreeOptions extends StagingOptions {
  index: ObjectReader;
  archive: ArchiveOf;
  /** Files or subtrees, relative to the root; all of it without them. */
  paths?: readonly string[] | undefined;
  /** Device nodes are restored too; otherwise they are a warning. */
  withDevices?: boolean | undefined;
  /** The directory to restore to. */
  target: string;
  /** Its content is replaced, or that of it which `paths` names, and the directory itself stays. */
  inPlace?: InPlaceOptions | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((counts: RestoreCounts) => void) | undefined;
}

export interface RestoreTreeResult extends RestoreCounts {
  warnings: string[];
  /** Where the old content is, when it was to be kept. */
  kept: string | undefined;
}

/**
 * Every file is checked against its digest, and all of it is on the disk, before anything of the target is touched. A
 * failed or cancelled restore leaves the target as it was and nothing beside it, or says what is where.
 */
export async function restoreTree(options: RestoreTreeOptions): Promise<RestoreTreeResult> {
  const { target, signal } = options;
  if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
  const staging = await openFor(options);
  try {
    await assertRoomFor(options, staging);
    const { counts, warnings } = await writeStaged(options, staging);
    await staging.sync();
    if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
    const all = [...staging.warnings, ...warnings, ...(await staging.swap())];
    return { ...counts, warnings: all, kept: staging.kept };
  } catch (error) {
    throw targetError(target, error, await staging.discard());
  }
}

function openFor({ target, inPlace, ...options }: RestoreTreeOptions): Promise<Staging> {
  return inPlace === undefined ? openStaging(target, options) : openInPlace(target, { ...options, inPlace });
}

/** Where an application lives on the same disk. */
async function assertRoomFor(options: RestoreTreeOptions, { directory }: Staging): Promise<void> {
  const { inPlace, paths, target } = options;
  if (inPlace === undefined) return;
  await assertRoom(
    target,
    directory,
    paths === undefined ? inPlace.sourceBytes : await bytesOf(options, paths),
  );
}

async function bytesOf({ index, signal }: RestoreTreeOptions, paths: readonly string[]): Promise<number> {
  const selected = paths.map(toSelection);
  let bytes = 0;
  for await (const entry of selectEntries(index, paths, { signal })) {
    if (hasContent(entry) && readsContent(entry, selected)) bytes += entry.size;
  }
  return bytes;
}

async function writeStaged(options: RestoreTreeOptions, staging: Staging): Promise<WrittenTree> {
  const { index, archive, paths, signal, onProgress } = options;
  const archives = new ArchiveSet(archive, signal);
  return runRestoreWorker({
    root: staging.directory,
    withDevices: options.withDevices === true,
    steps: planSteps(selectEntries(index, paths, { signal }), archives, paths),
    pointOf: (object: FramedObject) => archives.pointOf(object),
    signal,
    onProgress,
  });
}
