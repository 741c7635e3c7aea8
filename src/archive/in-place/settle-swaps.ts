/**
 * Ends what killed restores in place left unfinished in a directory: moves that were all made are kept, any other are undone.
 * To be called before a directory is captured or restored to.
 */
import { lstat, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { ProcessFate, ProcessTable } from "../../ports/process-identity.ts";
import { kernelCalls } from "../restore/kernel-calls.ts";
import { errnoOf, systemMoves, unlessMissing, type Moves } from "../restore/moves.ts";
import { readStagingName } from "../restore/staging-name.ts";
import { finishSwap, finishUndo } from "./finish-swap.ts";
import { areaAt, openArea, removeArea, type SwapArea } from "./swap-area.ts";
import { readJournal, type SwapJournal } from "./swap-journal.ts";
import { undoParts, type PartSwap } from "./swap-parts.ts";
import { acceptTrial, keepBoth, revertTrial } from "./trial.ts";

/** What becomes of new content that is on trial. */
export type TrialEnd = "accept" | "revert";

export interface SettleOptions {
  processes: ProcessTable;
  /** Of one that nobody speaks of, both contents are kept. */
  trial?: TrialEnd | undefined;
  /** How things are moved; the system's way unless a test says otherwise. */
  moves?: Moves | undefined;
}

/**
 * Gives a sentence for each restore that was ended, and for what could not be cleared away. Throws `refused` while the
 * directory may hold half of something: because a restore is under way in it, or because one cannot be ended.
 */
export async function settleSwaps(
  directory: string,
  { processes, moves = systemMoves, trial }: SettleOptions,
): Promise<string[]> {
  const sentences: string[] = [];
  for (const name of await namesIn(directory)) {
    const staged = readStagingName(name, processes);
    if (staged?.part !== "swap") continue;
    const area = areaAt(join(directory, name));
    const handle = await openArea(area).catch(unlessGone);
    if (handle === undefined) continue;
    try {
      const journal = await claim(area, handle, { directory, processes, fate: staged.fate });
      sentences.push(...(await settle({ target: directory, area, moves }, journal, trial)));
    } catch (error) {
      throw unsettled(directory, area, error);
    } finally {
      await handle.close();
    }
  }
  return sentences;
}

/** A directory that is not there, or may not be listed, is not captured or restored to either. */
async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoOf(error) ?? "")) return [];
    throw error;
  });
}

/** Settled by another process just now, or never a directory of ours. */
function unlessGone(error: unknown): undefined {
  if (!["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) throw error;
}

interface Found {
  directory: string;
  processes: ProcessTable;
  /** As the area's name tells. */
  fate: ProcessFate;
}

/** Locks the area, so that two do not settle it at once, and reads its journal. Throws `refused` when it is somebody's. */
async function claim(
  area: SwapArea,
  handle: FileHandle,
  { directory, processes, fate: fateByName }: Found,
): Promise<SwapJournal | undefined> {
  const isOurs = kernelCalls().lock?.(handle.fd);
  const journal = await readJournal(area);
  const fate = journal === undefined ? fateByName : processes.fateOf(journal.owner);
  const whose = journal?.title ?? "another restore";
  if (isOurs === false || (fate === "alive" && !(isOurs === true && journal !== undefined))) {
    throw refused(directory, `${whose} is under way in it`, "wait until that has ended, or stop it");
  }
  if (isOurs === true || fate === "dead") return journal;
  const next = `if nothing restores there any more, run Holdfast where ${area.directory} was made`;
  throw refused(
    directory,
    `${whose} may be under way in it, on another machine or in another container`,
    next,
  );
}

async function settle(
  swap: PartSwap,
  journal: SwapJournal | undefined,
  trial: TrialEnd | undefined,
): Promise<string[]> {
  const { target, area } = swap;
  if (journal === undefined) {
    const left = (error: unknown): string[] => [
      `${area.directory}, which a killed restore left, could not be removed: ${messageOf(error)}`,
    ];
    return removeArea(area).then(() => [], left);
  }
  await assertDirectories(area);
  if (journal.phase === "on-trial" || journal.phase === "reverting") return endTrial(swap, journal, trial);
  if (journal.phase === "swapped") {
    const { kept, warnings } = await finishSwap(swap, journal);
    const where = kept === undefined ? "" : `; what it held before is in ${kept}`;
    return [
      `${journal.title} was killed when all of ${target} was in its place, and is finished now${where}`,
      ...warnings,
    ];
  }
  const failures = await undoParts(swap, journal);
  if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join("; "));
  const warnings = await finishUndo(swap, journal);
  return [
    `${journal.title} was killed while it replaced ${target}, and is undone: it holds what it held before`,
    ...warnings,
  ];
}

/** One that began to be reverted has to be, whatever is wanted now: the new content is not whole any more. */
async function endTrial(
  swap: PartSwap,
  journal: SwapJournal,
  trial: TrialEnd | undefined,
): Promise<string[]> {
  const { target } = swap;
  if (journal.phase === "reverting" || trial === "revert") {
    const { kept, warnings } = await revertTrial(swap, journal);
    const where = kept === undefined ? "" : `, and what was restored is kept in ${kept}`;
    return [`${target} holds what it held before ${journal.title}${where}`, ...warnings];
  }
  if (trial === "accept") return (await acceptTrial(swap, journal)).warnings;
  const { kept, warnings } = await keepBoth(swap, journal);
  const where = kept === undefined ? "" : `, and what it held before is kept in ${kept}`;
  return [
    `${journal.title} was not known to work when Holdfast was ended: it stays in ${target}${where}`,
    ...warnings,
  ];
}

/** Never through a link that somebody put in the volume. */
async function assertDirectories({ old, fresh, meanwhile }: SwapArea): Promise<void> {
  for (const path of [old, fresh, meanwhile]) {
    const stats = await lstat(path).catch(unlessMissing);
    if (stats !== undefined && !stats.isDirectory()) throw new Error(`${path} is not a directory`);
  }
}

function unsettled(directory: string, area: SwapArea, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const next = `give Holdfast the right to write there and try again, or move what is in ${area.old} back by hand and remove ${area.directory}`;
  return refused(
    directory,
    `a restore that was killed left half of it replaced, and that cannot be undone (${messageOf(error)})`,
    next,
    error,
  );
}

function refused(directory: string, why: string, next: string, cause?: unknown): HoldfastError {
  return new HoldfastError("refused", { what: `Using ${directory}`, why, next, cause });
}
