/**
 * Where a restore writes until it is whole, and the swap at its end. A target that does not exist, or can be replaced by
 * a rename, is staged beside it; a mount point, or one whose parent may not be written, is staged inside itself.
 */
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rmdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { messageOf } from "../../domain/errors.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { settleSwaps } from "../in-place/settle-swaps.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { errnoOf, systemMoves, type Moves } from "./moves.ts";
import { realPath } from "./real-path.ts";
import { removeTree } from "./remove-tree.ts";
import { createTimeSetter } from "./set-times.ts";
import { stagingName, type StagingPart } from "./staging-name.ts";
import { swapContents } from "./swap-contents.ts";
import { swapDirectory, takePlace, type Swap } from "./swap-directory.ts";
import { sweepStagings } from "./sweep-stagings.ts";
import { syncPath, syncTree } from "./sync-tree.ts";
import { examineTarget, type Target, type TargetRules } from "./target.ts";
import { targetError } from "./target-error.ts";

export interface StagingOptions extends TargetRules {
  processes: ProcessTable;
  /** How things are moved; the system's way unless a test says otherwise. */
  moves?: Moves | undefined;
}

export interface Staging {
  /** The fresh directory, on the target's file system, open to its owner only. */
  readonly directory: string;
  /** A name for files that are taken over from the target, on its file system; not there yet. */
  readonly pool: string;
  /** What earlier restores left behind. */
  readonly warnings: readonly string[];
  /** Where the old content is, once it was swapped and when it was to be kept. */
  readonly kept?: string | undefined;
  /** Resolves when what was written is on the disk. */
  sync(): Promise<void>;
  /**
   * Makes the staged tree the target, and gives warnings. On an error the target is what it was, or the error names
   * where that is.
   */
  swap(): Promise<string[]>;
  /** Removes what was staged, never what was there before. Gives what could not be removed as a sentence. */
  discard(): Promise<string | undefined>;
}

/** Throws `usage`, `refused` or `no-space`, having made nothing. */
export async function openStaging(given: string, options: StagingOptions): Promise<Staging> {
  const { processes } = options;
  const settled = await settleSwaps(await realPath(given).catch(() => given), options);
  const target = await examineTarget(given, options);
  const directory = target.isHeldInPlace ? target.path : dirname(target.path);
  let createdParent: string | undefined;
  try {
    const mtimeNs = target.isHeldInPlace ? await mtimeOf(target.path) : undefined;
    createdParent = await mkdir(directory, { recursive: true });
    const warnings = [...settled, ...(await sweepStagings(dirname(target.path), processes))];
    if (target.exists) warnings.push(...(await sweepStagings(target.path, processes)));
    const parts = partsOf(join(directory, stagingName(processes.self)));
    const handle = await makeFresh(parts.new);
    return new TargetStaging({ given, target, options, parts, handle, createdParent, warnings, mtimeNs });
  } catch (error) {
    await removeCreated(createdParent, directory);
    throw targetError(given, error);
  }
}

type Parts = Record<Exclude<StagingPart, "swap">, string>;

function partsOf(base: string): Parts {
  return { new: `${base}.new`, old: `${base}.old`, meanwhile: `${base}.meanwhile`, done: `${base}.done` };
}

/** Open and locked for as long as the restore lasts. */
async function makeFresh(directory: string): Promise<FileHandle> {
  await mkdir(directory, { mode: 0o700 });
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  kernelCalls().lock?.(handle.fd);
  return handle;
}

interface Opened {
  given: string;
  target: Target;
  options: StagingOptions;
  parts: Parts;
  /** Of the fresh directory: open from before its first file, so that a sync tells of every failed write. */
  handle: FileHandle;
  createdParent: string | undefined;
  warnings: string[];
  /** What a target that holds its staging shall have as its time when that is gone. */
  mtimeNs: bigint | undefined;
}

class TargetStaging implements Staging {
  readonly directory: string;
  readonly pool: string;
  readonly warnings: readonly string[];
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.directory = opened.parts.new;
    this.pool = opened.parts.done;
    this.warnings = opened.warnings;
    this.#opened = opened;
  }

  async sync(): Promise<void> {
    await syncTree(this.directory, this.#opened.handle.fd);
  }

  async swap(): Promise<string[]> {
    const { given, target, parts, options, handle } = this.#opened;
    const { moves = systemMoves } = options;
    const swap = { ...parts, fresh: parts.new, target: target.path, moves };
    let warnings: string[];
    try {
      warnings = await swapBy(target, swap);
    } catch (error) {
      throw targetError(given, error, await this.#kept());
    }
    await handle.close();
    if (target.isHeldInPlace) this.#opened.mtimeNs = await mtimeOf(target.path);
    warnings.push(...(await this.#settle(moves)));
    this.#keepTime();
    return warnings;
  }

  async discard(): Promise<string | undefined> {
    const { parts, handle, createdParent, target } = this.#opened;
    try {
      await handle.close();
      await removeTree(parts.new);
      await rmdir(parts.old).catch(unlessOccupied);
      await removeCreated(createdParent, dirname(target.path));
      this.#keepTime();
      return undefined;
    } catch (error) {
      return `${parts.new} could not be removed: ${messageOf(error)}`;
    }
  }

  /** Once the new tree is in its place nothing can fail any more: what is left of the old one is at worst in the way. */
  async #settle(moves: Moves): Promise<string[]> {
    const { target, parts } = this.#opened;
    const warnings: string[] = [];
    const warnOf = (sentence: string) => (error: unknown) => {
      warnings.push(`${sentence}: ${messageOf(error)}`);
    };
    if (await holdsSomething(parts.meanwhile)) {
      warnings.push(
        `what others wrote to ${target.path} while it was replaced is kept in ${parts.meanwhile}`,
      );
    }
    if (target.isHeldInPlace) await rmdir(parts.new).catch(warnOf(`${parts.new} was left`));
    if (!target.exists) {
      await syncPath(dirname(target.path)).catch(warnOf(`${target.path} may not survive a power cut now`));
    } else if (
      await this.#giveUpOld(moves).catch(warnOf(`what ${target.path} held is still in ${parts.old}`))
    ) {
      await removeTree(parts.done).catch(warnOf(`what ${target.path} held is still in ${parts.done}`));
    }
    return warnings;
  }

  /** Not before the new tree is sure to survive a power cut. */
  async #giveUpOld(moves: Moves): Promise<true> {
    const { target, parts, options } = this.#opened;
    await syncPath(target.isHeldInPlace ? target.path : dirname(target.path));
    // Nobody said that what somebody wrote to an empty target meanwhile may be replaced.
    if (options.onExisting === "refuse") await rmdir(parts.old);
    else await moves.move(Buffer.from(parts.old), Buffer.from(parts.done));
    return true;
  }

  /** A directory that holds the staging has changed whenever a part of that comes or goes. */
  #keepTime(): void {
    const { target, mtimeNs } = this.#opened;
    if (mtimeNs === undefined) return;
    try {
      createTimeSetter().ofPath(Buffer.from(target.path).toString("latin1"), mtimeNs);
    } catch {
      // Only its owner may set it; the swap has said so.
    }
  }

  /** Where data of the user is that is not in the target any more. */
  async #kept(): Promise<string | undefined> {
    const { target, parts } = this.#opened;
    const kept: string[] = [];
    if (await holdsSomething(parts.old)) {
      kept.push(`what could not be put back is in ${parts.old}: move it to ${target.path} from there`);
    }
    if (await holdsSomething(parts.meanwhile)) {
      kept.push(`what others wrote to it meanwhile is in ${parts.meanwhile}`);
    }
    return kept.length === 0 ? undefined : kept.join("; ");
  }
}

async function swapBy(target: Target, swap: Swap): Promise<string[]> {
  if (target.isHeldInPlace) return swapContents(swap);
  await (target.exists ? swapDirectory(swap) : takePlace(swap));
  return [];
}

async function mtimeOf(path: string): Promise<bigint> {
  return (await lstat(path, { bigint: true })).mtimeNs;
}

/** What cannot be looked into is taken for something. */
async function holdsSomething(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: unknown) =>
    errnoOf(error) === "ENOENT" ? [] : [directory],
  );
  return names.length > 0;
}

function unlessOccupied(error: unknown): void {
  const code = errnoOf(error);
  if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
}

/** Removes the parents that were made for the target, as long as they are empty. */
async function removeCreated(first: string | undefined, last: string): Promise<void> {
  if (first === undefined) return;
  for (let at = last; at.startsWith(first); at = dirname(at)) await rmdir(at).catch(unlessOccupied);
}
