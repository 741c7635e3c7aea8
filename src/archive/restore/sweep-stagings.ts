/** Removes what killed restores left in a directory, and tells of what they left of somebody's data. */
import { constants } from "node:fs";
import { open, readdir, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";

import { messageOf } from "../../domain/errors.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { errnoOf } from "./moves.ts";
import { removeTree } from "./remove-tree.ts";
import { readStagingName, type StagedName } from "./staging-name.ts";

/** Gives warnings; that something cannot be removed is one of them. */
export async function sweepStagings(directory: string, processes: ProcessTable): Promise<string[]> {
  const warnings: string[] = [];
  for (const name of await readdir(directory).catch(unlessHidden)) {
    const staged = readStagingName(name, processes);
    if (staged === undefined || staged.part === "swap" || staged.fate === "alive") continue;
    const path = join(directory, name);
    try {
      const warning = await sweep(path, staged);
      if (warning !== undefined) warnings.push(warning);
    } catch (error) {
      // Another restore may have swept it just now.
      if (errnoOf(error) === "ENOENT") continue;
      warnings.push(`${path}, which a killed restore left, could not be removed: ${messageOf(error)}`);
    }
  }
  return warnings;
}

/** What this user may not list it could not remove either. */
function unlessHidden(error: unknown): string[] {
  if (errnoOf(error) === "EACCES") return [];
  throw error;
}

async function sweep(path: string, { part, fate }: StagedName): Promise<string | undefined> {
  if (part === "old" || part === "meanwhile") return removeIfEmpty(path);
  if (part === "new" && fate === "unknown") {
    const locked = await isLocked(path);
    if (locked === true) return undefined;
    if (locked === undefined)
      return `${path} may belong to a restore elsewhere: remove it unless that still runs`;
  }
  // A restore that lives after all finds its tree gone as a whole: never does it swap in half of one.
  const done = path.replace(/\.new$/, ".done");
  if (done !== path) await rename(path, done);
  await removeTree(done);
  return undefined;
}

async function removeIfEmpty(path: string): Promise<string | undefined> {
  try {
    await rmdir(path);
    return undefined;
  } catch (error) {
    if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    return `${path} holds what a restore moved aside before it was killed: look whether it is needed, then remove it`;
  }
}

/** A restore holds a lock on its directory, which also shows where its process cannot be seen. */
async function isLocked(path: string): Promise<boolean | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const taken = kernelCalls().lock?.(file.fd);
    return taken === undefined ? undefined : !taken;
  } finally {
    await file.close();
  }
}
