/**
 * A staging for a restore into a directory that stays what it is: only its content is replaced, for a container that has
 * mounted the directory would not see another one in its place. It lasts through a kill at any moment: see settle-swaps.ts.
 */
import { lstat, mkdir, rmdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { messageOf } from "../../domain/errors.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { kernelCalls } from "../restore/kernel-calls.ts";
import { systemMoves, type Moves } from "../restore/moves.ts";
import { realPath } from "../restore/real-path.ts";
import type { Staging } from "../restore/staging.ts";
import { stagingName } from "../restore/staging-name.ts";
import { sweepStagings } from "../restore/sweep-stagings.ts";
import { syncPath, syncTree } from "../restore/sync-tree.ts";
import { targetError } from "../restore/target-error.ts";
import { chooseParts, selectionsOf } from "./choose-parts.ts";
import { examineInPlace, type InPlaceRules } from "./examine-in-place.ts";
import { finishSwap, finishUndo, keepTime } from "./finish-swap.ts";
import { settleSwaps } from "./settle-swaps.ts";
import { areaAt, makeArea, removeArea } from "./swap-area.ts";
import { beginJournal, enterPhase, readJournal, type SwapJournal } from "./swap-journal.ts";
import { moveParts, undoParts, type PartSwap } from "./swap-parts.ts";
import { beginTrial, isTrial, rememberRoot } from "./trial.ts";

export interface InPlaceOptions {
  /** For messages to whoever finds it unfinished: `the restore of point …`. */
  title: string;
  /** The old content is kept, by this name of `keptName`. */
  keepOld: boolean;
  keptName: string;
  /** Of the content of the whole point. */
  sourceBytes: number;
  /** What the target holds already is not written again. */
  delta: boolean;
  /** Whether the new content stays is known only later (trial.ts), unless there was none before. */
  onTrial: boolean;
}

export interface InPlaceStagingOptions extends InPlaceRules {
  inPlace: InPlaceOptions;
  processes: ProcessTable;
  moves?: Moves | undefined;
}

/** Throws `usage`, `refused` or `no-space`, with nothing of the target changed. */
export async function openInPlace(given: string, options: InPlaceStagingOptions): Promise<Staging> {
  const { processes, moves } = options;
  const path = await realPath(given);
  const warnings = await settleSwaps(path, { processes, moves });
  const { exists } = await examineInPlace(given, options);
  let created: string | undefined;
  try {
    created = await mkdir(path, { recursive: true });
    const { mtimeNs } = await lstat(path, { bigint: true });
    if (exists) warnings.push(...(await sweepStagings(path, processes)));
    const area = areaAt(join(path, `${stagingName(processes.self)}.swap`));
    const handle = await makeArea(area);
    const swap = { target: path, area, moves: moves ?? systemMoves };
    return new InPlaceStaging({ given, options, swap, handle, warnings, mtimeNs, created });
  } catch (error) {
    await removeCreated(created, path);
    throw targetError(given, error);
  }
}

interface Opened {
  given: string;
  options: InPlaceStagingOptions;
  swap: PartSwap;
  /** Of the area: holds its lock. */
  handle: FileHandle;
  warnings: string[];
  /** Of the target, before anything was put in it. */
  mtimeNs: bigint;
  /** The topmost directory that was made for the target. */
  created: string | undefined;
}

class InPlaceStaging implements Staging {
  readonly directory: string;
  readonly pool: string;
  readonly warnings: readonly string[];
  kept: string | undefined;
  readonly #opened: Opened;
  /** From the first move until all is in its place or back in it, what is staged belongs to whoever settles it. */
  #isUnsettled = false;

  constructor(opened: Opened) {
    const { area } = opened.swap;
    this.directory = area.fresh;
    this.pool = area.pool;
    this.warnings = opened.warnings;
    this.#opened = opened;
  }

  async sync(): Promise<void> {
    await syncTree(this.directory, this.#opened.handle.fd);
  }

  async swap(): Promise<string[]> {
    const { given, swap, handle } = this.#opened;
    const journal = await this.#planned();
    try {
      await beginJournal(swap.area, journal);
      this.#isUnsettled = true;
      if (isTrial(journal) && journal.isWhole) await rememberRoot(swap, journal);
      await moveParts(swap, journal);
      await syncMoved(swap, handle);
      await enterPhase(swap.area, isTrial(journal) ? "on-trial" : "swapped");
    } catch (error) {
      throw targetError(given, error, await this.#undo(journal));
    }
    if (isTrial(journal)) return this.#beginTrial(journal);
    const { kept, warnings } = await finishSwap(swap, journal);
    this.#isUnsettled = false;
    await handle.close();
    this.kept = kept;
    return warnings;
  }

  async #beginTrial(journal: SwapJournal): Promise<string[]> {
    const { swap, handle } = this.#opened;
    const warnings = await beginTrial(swap, journal);
    await handle.close();
    if (journal.keepOld) this.kept = join(swap.target, journal.keptName);
    return warnings;
  }

  async discard(): Promise<string | undefined> {
    const { swap, handle, created, mtimeNs } = this.#opened;
    const { target, area } = swap;
    try {
      await handle.close();
      if (this.#isUnsettled) return undefined;
      await removeArea(area);
      await removeCreated(created, target);
      if (created === undefined) keepTime(target, mtimeNs);
      return undefined;
    } catch (error) {
      return `${area.directory} could not be removed: ${messageOf(error)}`;
    }
  }

  async #planned(): Promise<SwapJournal> {
    const { swap, options, mtimeNs } = this.#opened;
    const { title, keepOld, keptName, onTrial } = options.inPlace;
    const selections = selectionsOf(options.paths);
    const parts = await chooseParts(swap.target, swap.area.fresh, {
      selections,
      leaving: options.leaving ?? [],
    });
    const after =
      selections === undefined ? (await lstat(this.directory, { bigint: true })).mtimeNs : mtimeNs;
    return {
      format: onTrial && parts.aside.length > 0 ? 2 : 1,
      ...{ phase: "swapping", owner: options.processes.self, title, keepOld, keptName },
      ...parts,
      isWhole: selections === undefined,
      mtime: { before: String(mtimeNs), after: String(after) },
    };
  }

  /** Says where the old content is when it is not back in its place. */
  async #undo(journal: SwapJournal): Promise<string | undefined> {
    const { swap } = this.#opened;
    const { area, target } = swap;
    const phase = await readJournal(area).then((found) => found?.phase, messageOf);
    // Whoever reads that will go on from there, so it is too late to go back.
    if (phase === "swapped" || phase === "on-trial") {
      return `all of it is in its place, what ${target} held is in ${area.old}, and the next Holdfast command on it ends this`;
    }
    const failures = await undoParts(swap, journal);
    if (failures.length > 0) {
      const why = failures.map(messageOf).join("; ");
      return `what could not be put back (${why}) is in ${area.old}: the next Holdfast command on it tries again`;
    }
    const cleared = await finishUndo(swap, journal).catch(messageOf);
    this.#isUnsettled = false;
    return typeof cleared === "string" || cleared.length === 0 ? undefined : cleared.join("; ");
  }
}

/** Before the journal says that all is done, all has to be on the disk. */
async function syncMoved({ target, area }: PartSwap, handle: FileHandle): Promise<void> {
  const { syncFileSystem } = kernelCalls();
  if (syncFileSystem !== undefined) return syncFileSystem(handle.fd);
  for (const directory of [target, area.old, area.fresh]) await syncPath(directory);
}

/** Removes the directories that were made for the target, as long as they are empty. */
async function removeCreated(first: string | undefined, last: string): Promise<void> {
  if (first === undefined) return;
  for (let at = last; at.startsWith(first); at = dirname(at)) await rmdir(at).catch(() => undefined);
}
