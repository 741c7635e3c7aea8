/** What follows the moves of a restore in place: after all of them, or after their undoing. Each can be begun again after a kill. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";

import { messageOf } from "../../domain/errors.ts";
import { applyAttributes, attributesOf, setTime, type Attributes } from "../restore/directory-attributes.ts";
import { unlessMissing } from "../restore/moves.ts";
import { removeTree } from "../restore/remove-tree.ts";
import { syncPath } from "../restore/sync-tree.ts";
import { holdsSomething, removeArea } from "./swap-area.ts";
import type { SwapJournal } from "./swap-journal.ts";
import type { PartSwap } from "./swap-parts.ts";

export interface FinishedSwap {
  /** Where the old content is, when it was to be kept and there was any. */
  kept: string | undefined;
  warnings: string[];
}

/** The new content is in its place and on the disk: gives up the old one, then the area. Nothing of this fails the restore. */
export async function finishSwap(swap: PartSwap, journal: SwapJournal): Promise<FinishedSwap> {
  const { target, area } = swap;
  const before = await lstat(target, { bigint: true }).catch(unlessMissing);
  const warnings: string[] = [];
  const warnOf = (sentence: string) => (error: unknown) => {
    warnings.push(`${sentence}: ${messageOf(error)}`);
  };
  const attributes = await wantedAttributes(swap, journal).catch(
    warnOf(`owner and mode of ${target} itself were not restored`),
  );
  // Now, because a kill may leave only this, and again at the end, because what follows needs to write here.
  if (attributes !== undefined) await applyAttributes(target, writable(attributes)).catch(() => undefined);
  warnings.push(...(await keepMeanwhile(swap, journal)));
  const isGone = await giveUpOld(swap, journal).catch(
    warnOf(`what ${target} held is still in ${area.old}, and the next command tries again to end this`),
  );
  if (isGone === true) await removeArea(area).catch(warnOf(`${area.directory} was left`));
  // After a trial they are the services' to change: what they made of them stays.
  if (attributes === undefined) {
    if (before !== undefined) keepTime(target, before.mtimeNs);
  } else {
    const applied = applyAttributes(target, attributes);
    warnings.push(...((await applied.catch(warnOf(`the metadata of ${target} was not restored`))) ?? []));
  }
  await syncPath(target).catch(warnOf(`${target} may not survive a power cut now`));
  return { kept: await keptPath(swap, journal), warnings };
}

/** Everything is where it was: removes what was staged. Rejects when that cannot be removed; that is then all that is left. */
export async function finishUndo(swap: PartSwap, journal: SwapJournal): Promise<string[]> {
  const { target, area } = swap;
  const warnings = await keepMeanwhile(swap, journal);
  await syncPath(target);
  await removeArea(area);
  keepTime(target, BigInt(journal.mtime.before));
  return warnings;
}

/** Through changes of ours. */
export function keepTime(target: string, mtimeNs: bigint): void {
  try {
    setTime(target, mtimeNs);
  } catch {
    // Only its owner may; it then shows when it was last touched, which is true.
  }
}

/** The fresh root has them, but for its time, which each move out of it changed. Undefined where a trial has applied them. */
export async function wantedAttributes(
  { target, area }: PartSwap,
  { isWhole, mtime }: SwapJournal,
): Promise<Attributes | undefined> {
  if ((await lstat(area.fresh).catch(unlessMissing)) === undefined) return undefined;
  if (!isWhole) return { ...(await attributesOf(target)), mtimeNs: BigInt(mtime.before) };
  return { ...(await attributesOf(area.fresh)), mtimeNs: BigInt(mtime.after) };
}

export function writable(attributes: Attributes): Attributes {
  return { ...attributes, mode: attributes.mode | 0o300 };
}

async function giveUpOld({ target, area, moves }: PartSwap, journal: SwapJournal): Promise<true> {
  if (!journal.keepOld) await removeTree(area.old);
  else if (await holdsSomething(area.old)) {
    await moves.move(Buffer.from(area.old), Buffer.from(join(target, journal.keptName)));
  }
  return true;
}

/** What others wrote is theirs: it is given a name under which nothing of ours ever touches it again. */
export async function keepMeanwhile(
  { target, area, moves }: PartSwap,
  journal: SwapJournal,
): Promise<string[]> {
  if (!(await holdsSomething(area.meanwhile))) return [];
  const kept = join(target, `${journal.keptName}.meanwhile`);
  try {
    await moves.move(Buffer.from(area.meanwhile), Buffer.from(kept));
    return [`what others wrote to ${target} while it was replaced is kept in ${kept}`];
  } catch (error) {
    return [
      `what others wrote to ${target} while it was replaced is still in ${area.meanwhile}: ${messageOf(error)}`,
    ];
  }
}

async function keptPath({ target }: PartSwap, journal: SwapJournal): Promise<string | undefined> {
  const path = join(target, journal.keptName);
  const stats = journal.keepOld ? await lstat(path).catch(unlessMissing) : undefined;
  return stats === undefined ? undefined : path;
}
