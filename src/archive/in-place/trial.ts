/**
 * A restore in place whose new content is tried out by what uses it: the old one waits in the area until it is known which of
 * the two stays. Whichever does not is never just removed, unless that is what was said. Each step can be begun again after a kill.
 */
import { chmod, lchown, lstat, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { messageOf } from "../../domain/errors.ts";
import { fromText, parentOf, ROOT_PATH, toText, type PathText } from "../byte-path.ts";
import { applyAttributes, attributesOf } from "../restore/directory-attributes.ts";
import { unlessMissing } from "../restore/moves.ts";
import { removeTree } from "../restore/remove-tree.ts";
import { isStagingName } from "../restore/staging-name.ts";
import { syncPath } from "../restore/sync-tree.ts";
import { beneath, kindBeneath } from "./beneath.ts";
import { finishSwap, keepMeanwhile, wantedAttributes, writable, type FinishedSwap } from "./finish-swap.ts";
import { holdsSomething, inArea, removeArea } from "./swap-area.ts";
import { enterPhase, type SwapJournal } from "./swap-journal.ts";
import { makeParents, undoParts, type PartSwap } from "./swap-parts.ts";

export function isTrial({ format }: SwapJournal): boolean {
  return format === 2;
}

/** Before the first move: the directory that the old content waits in has the metadata of the root that it was in. */
export async function rememberRoot({ target, area }: PartSwap, { mtime }: SwapJournal): Promise<void> {
  await mkdir(area.old, { mode: 0o700 });
  await applyAttributes(area.old, { ...(await attributesOf(target)), mtimeNs: BigInt(mtime.before) });
}

/** All moves are made. That the fresh directory is gone tells that the target has its metadata: from here on it is the services'. */
export async function beginTrial(swap: PartSwap, journal: SwapJournal): Promise<string[]> {
  const { target, area } = swap;
  const attributes = await wantedAttributes(swap, journal);
  const warnings = attributes === undefined ? [] : await applyAttributes(target, attributes);
  await removeTree(area.fresh);
  await syncPath(area.directory);
  return warnings;
}

/** The old content is given up, as the restore was asked to. */
export async function acceptTrial(swap: PartSwap, journal: SwapJournal): Promise<FinishedSwap> {
  await enterPhase(swap.area, "swapped");
  return finishSwap(swap, journal);
}

/** Nobody knows which of them is wanted: the new content stays, and the old one is kept. */
export function keepBoth(swap: PartSwap, journal: SwapJournal): Promise<FinishedSwap> {
  return finishSwap(swap, { ...journal, keepOld: true });
}

/** The old content is put back. The new one, with all that became of it, is kept beside it. Throws while it is not wholly so. */
export async function revertTrial(swap: PartSwap, journal: SwapJournal): Promise<FinishedSwap> {
  const { area } = swap;
  if (journal.phase !== "reverting") await enterPhase(area, "reverting");
  const fresh = await newContentOf(swap, journal);
  await mkdir(area.fresh, { recursive: true, mode: 0o700 });
  for (const path of fresh) await makeParents(area.fresh, fromText(path));
  for (const path of journal.aside) await remakeParents(swap.target, fromText(path));
  const failures = await undoParts(swap, { aside: journal.aside, fresh });
  if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join("; "));
  return finishRevert(swap, journal);
}

/** What is to be taken out of the target. What of the old content is back already has left the place where it waited. */
async function newContentOf({ target, area }: PartSwap, journal: SwapJournal): Promise<PathText[]> {
  const old = new Set(journal.aside.map(fromText));
  const found: PathText[] = [];
  const parts = [...journal.fresh, ...(journal.leaving ?? [])].map(fromText);
  for (const path of journal.isWhole ? await namesIn(target) : parts) {
    if ((await kindBeneath(target, path)) === "missing") continue;
    const isBack = old.has(path) && (await kindBeneath(target, inArea(area, "old", path))) === "missing";
    if (!isBack) found.push(toText(path));
  }
  return found;
}

/** Also what services have made since. */
async function namesIn(target: string): Promise<string[]> {
  const names = await readdir(target, { encoding: "latin1" });
  return names.filter((name) => !isStagingName(name));
}

/** Services may have removed a directory that something old is put back into: its own metadata is lost then, and its parent's does. */
async function remakeParents(target: string, path: string): Promise<void> {
  const parent = parentOf(path);
  if (parent === ROOT_PATH) return;
  await remakeParents(target, parent);
  if ((await kindBeneath(target, parent)) !== "missing") return;
  await beneath(target, parent, async (at) => {
    const above = at.subarray(0, at.lastIndexOf("/") + 1);
    const { uid, gid, mode } = await lstat(Buffer.concat([above, Buffer.from(".")]));
    await mkdir(at);
    await lchown(at, uid, gid);
    await chmod(at, mode & 0o7777);
  });
}

async function finishRevert(swap: PartSwap, journal: SwapJournal): Promise<FinishedSwap> {
  const { target, area, moves } = swap;
  const warnings = await keepMeanwhile(swap, journal);
  const root = journal.isWhole ? await attributesOf(area.old) : await attributesOf(target);
  const attributes = { ...root, mtimeNs: BigInt(journal.mtime.before) };
  await applyAttributes(target, writable(attributes));
  const kept = join(target, journal.keptName);
  if (await holdsSomething(area.fresh)) await moves.move(Buffer.from(area.fresh), Buffer.from(kept));
  await syncPath(target);
  await removeArea(area);
  warnings.push(...(await applyAttributes(target, attributes)));
  await syncPath(target);
  const isKept = (await lstat(kept).catch(unlessMissing)) !== undefined;
  return { kept: isKept ? kept : undefined, warnings };
}
