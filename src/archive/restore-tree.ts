/** Restores a recovery point, or parts of it, into a directory: whole or not at all. */
import { cancellation } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { selectEntries } from "./find-entries.ts";
import type { FramedObject } from "./framed-object.ts";
import { openInPlace, type InPlaceOptions } from "./in-place/in-place-staging.ts";
import { assertUntouched } from "./in-place/delta/assert-untouched.ts";
import { TakeOver, type ReusedCounts } from "./in-place/delta/take-over.ts";
import { bytesToWrite, freeBytes, noRoom } from "./in-place/room.ts";
import { hasContent, type ContentEntry, type IndexEntry } from "./index-entry.ts";
import { toSelection } from "./read-index.ts";
import { ArchiveSet, planSteps, readsContent, type ArchiveOf } from "./restore/plan.ts";
import type { PlannedEntry } from "./restore/planned-entry.ts";
import { realPath } from "./restore/real-path.ts";
import { runRestoreWorker, type WrittenTree } from "./restore/run-worker.ts";
import { withStagedTree, type StagedTree } from "./restore/staged-tree.ts";
import { openStaging, type Staging, type StagingOptions } from "./restore/staging.ts";
import { targetError } from "./restore/target-error.ts";
import type { RestoreCounts } from "./restore/worker-channel.ts";

export interface RestoreTreeOptions extends StagingOptions {
  index: ObjectReader;
  archive: ArchiveOf;
  /** Files or subtrees, relative to the root; all of it without them. */
  paths?: readonly string[] | undefined;
  /** In place, files that go with those; see `withSideFiles`. */
  leaving?: readonly string[] | undefined;
  /** Device nodes are restored too; otherwise they are a warning. */
  withDevices?: boolean | undefined;
  /** The directory to restore to. */
  target: string;
  /** Its content is replaced, or that of it which `paths` names, and the directory itself stays. */
  inPlace?: InPlaceOptions | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((counts: RestoreCounts) => void) | undefined;
  inspection?: Inspection | undefined;
}

/** What somebody wants to know of the written tree before anything of the target is touched. */
export interface Inspection {
  /** Told of each entry that is restored. */
  note(entry: IndexEntry): void;
  /** Gives warnings, and changes nothing; what it throws ends the restore. */
  inspect(tree: StagedTree): Promise<string[]>;
}

export interface RestoreTreeResult extends RestoreCounts {
  warnings: string[];
  /** Where the old content is, when it was to be kept. */
  kept: string | undefined;
  /** What the target held already, when only the rest was to be written. */
  reused: ReusedCounts | undefined;
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
    const { counts, warnings, reused } = await new Filling(options, staging).fill();
    const found = await inspected(staging, options.inspection);
    await staging.sync();
    if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
    const all = [...staging.warnings, ...warnings, ...found, ...(await staging.swap())];
    return { ...counts, warnings: all, kept: staging.kept, reused };
  } catch (error) {
    throw targetError(target, error, await staging.discard());
  }
}

function openFor({ target, inPlace, ...options }: RestoreTreeOptions): Promise<Staging> {
  return inPlace === undefined ? openStaging(target, options) : openInPlace(target, { ...options, inPlace });
}

async function inspected(staging: Staging, inspection: Inspection | undefined): Promise<string[]> {
  return inspection === undefined ? [] : withStagedTree(staging, (tree) => inspection.inspect(tree));
}

interface Filled extends WrittenTree {
  reused: ReusedCounts | undefined;
}

/** What becomes of a file in the new content must not become of it in the old one, as long as that may be wanted. */
function mayShare({ keepOld, onTrial }: InPlaceOptions): boolean {
  return !keepOld && !onTrial;
}

/** Writes the tree into its staging. */
class Filling {
  readonly #options: RestoreTreeOptions;
  readonly #staging: Staging;
  readonly #archives: ArchiveSet;

  constructor(options: RestoreTreeOptions, staging: Staging) {
    this.#options = options;
    this.#staging = staging;
    this.#archives = new ArchiveSet(options.archive, options.signal);
  }

  async fill(): Promise<Filled> {
    const { inPlace, target } = this.#options;
    if (inPlace !== undefined) await this.#assertRoom(inPlace, await realPath(target));
    if (inPlace?.delta === true) return this.#writeRest(inPlace, await realPath(target));
    return { ...(await this.#write(this.#entries())), reused: undefined };
  }

  /** All but what the target holds already. */
  async #writeRest(inPlace: InPlaceOptions, target: string): Promise<Filled> {
    const { signal } = this.#options;
    const { pool, directory: fresh } = this.#staging;
    const takeOver = await TakeOver.open({ target, pool, mayLink: mayShare(inPlace), signal });
    try {
      const written = await this.#write(takeOver.over(this.#entries()));
      const { reused } = takeOver;
      if (reused.files > reused.copied) await assertUntouched(this.#entries(), { target, fresh });
      return { ...written, reused };
    } finally {
      takeOver.close();
    }
  }

  #write(entries: AsyncIterable<PlannedEntry>): Promise<WrittenTree> {
    const { paths, signal, onProgress, withDevices, inspection } = this.#options;
    return runRestoreWorker({
      root: this.#staging.directory,
      pool: this.#staging.pool,
      withDevices: withDevices === true,
      steps: planSteps(
        inspection === undefined ? entries : noted(entries, inspection),
        this.#archives,
        paths,
      ),
      pointOf: (object: FramedObject) => this.#archives.pointOf(object),
      signal,
      onProgress,
    });
  }

  /** Where an application lives on the same disk. */
  async #assertRoom(inPlace: InPlaceOptions, target: string): Promise<void> {
    const { sourceBytes, delta } = inPlace;
    const free = await freeBytes(this.#staging.directory);
    if (this.#options.paths === undefined && sourceBytes <= free) return;
    const needed = await bytesToWrite({
      entries: this.#contents(),
      archiveOf: (point) => this.#archives.of(point),
      sharedWith: delta && mayShare(inPlace) ? target : undefined,
    });
    if (needed > free) throw noRoom(target, needed, free);
  }

  #entries(): AsyncGenerator<IndexEntry> {
    const { index, paths, signal } = this.#options;
    return selectEntries(index, paths, { signal });
  }

  async *#contents(): AsyncGenerator<ContentEntry> {
    const selected = this.#options.paths?.map(toSelection);
    for await (const entry of this.#entries())
      if (hasContent(entry) && readsContent(entry, selected)) yield entry;
  }
}

async function* noted(
  entries: AsyncIterable<PlannedEntry>,
  inspection: Inspection,
): AsyncGenerator<PlannedEntry> {
  for await (const entry of entries) {
    inspection.note(entry);
    yield entry;
  }
}
