/** Which parts of a directory a restore in place replaces. Looks only. */
import { readdir } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import { isWithin, parentOf, ROOT_PATH, toText, unsafeBecause, type PathText } from "../byte-path.ts";
import { toSelection } from "../read-index.ts";
import { isStagingName } from "../restore/staging-name.ts";
import { kindBeneath } from "./beneath.ts";

export interface ChosenParts {
  /** What is there now and goes. */
  aside: PathText[];
  /** What comes. */
  fresh: PathText[];
  /** What must not be beside that, whoever makes it. */
  leaving?: PathText[];
}

/** Undefined for all of the directory. No two of them hold one another. */
export function selectionsOf(paths: readonly string[] | undefined): string[] | undefined {
  const all = [...new Set((paths ?? [ROOT_PATH]).map(selectionOf))];
  if (all.includes(ROOT_PATH)) return undefined;
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

function selectionOf(path: string): string {
  const selection = toSelection(path);
  // An unset variable in a script must not become all there is.
  const problem = path.trim() === "" ? "the path is empty" : unsafeBecause(selection);
  if (problem === undefined) return selection;
  const next = "give a path as `holdfast ls` prints it, or none to restore all";
  throw new HoldfastError("usage", { what: `Restoring "${path}"`, why: problem, next });
}

/** Byte paths of what the restore of these selections takes the place of; a directory above one that is missing comes whole. */
export async function partsOf(target: string, selections: readonly string[] | undefined): Promise<string[]> {
  if (selections === undefined) return topLevel(target);
  const parts = [];
  for (const path of selections) parts.push(await partFor(target, path));
  return [...new Set(parts)];
}

/** `fresh` is the root of the tree that is restored. */
export async function chooseParts(
  target: string,
  fresh: string,
  { selections, leaving = [] }: { selections: readonly string[] | undefined; leaving?: readonly string[] },
): Promise<ChosenParts> {
  const parts = await partsOf(target, selections);
  const texts = (paths: readonly string[]): PathText[] => paths.map((path) => toText(path));
  if (selections === undefined) return { aside: texts(parts), fresh: texts(await topLevel(fresh)) };
  const aside = [];
  for (const part of parts) if ((await kindBeneath(target, part)) !== "missing") aside.push(part);
  const gone = await strayFiles(target, leaving);
  return { aside: texts([...aside, ...gone]), fresh: texts(parts), leaving: texts(leaving.map(toSelection)) };
}

/** Byte paths of those that are there. A directory of such a name belongs to nothing. */
export async function strayFiles(target: string, leaving: readonly string[]): Promise<string[]> {
  const found = [];
  for (const path of leaving.map(toSelection))
    if ((await kindBeneath(target, path)) === "other") found.push(path);
  return found;
}

async function topLevel(directory: string): Promise<string[]> {
  const names = await readdir(directory, { encoding: "latin1" });
  return names.filter((name) => !isStagingName(name));
}

async function partFor(target: string, path: string): Promise<string> {
  for (const above of directoriesAbove(path)) {
    const kind = await kindBeneath(target, above);
    if (kind === "missing") return above;
    if (kind === "other") throw notADirectory(target, above);
  }
  return path;
}

/** From the topmost one. */
function directoriesAbove(path: string): string[] {
  const parent = parentOf(path);
  return parent === ROOT_PATH ? [] : [...directoriesAbove(parent), parent];
}

function notADirectory(target: string, path: string): HoldfastError {
  const { text } = toText(path);
  return new HoldfastError("refused", {
    what: `Restoring to ${target}`,
    why: `${text} is not a directory there, as it is in the recovery point`,
    next: `restore ${text} itself, which replaces what is there`,
  });
}
