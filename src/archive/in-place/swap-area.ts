/** The directory in which a restore in place keeps all that is its own. It is inside the target, so that moves stay on one file system. */
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rmdir, unlink, type FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";

import { kernelCalls } from "../restore/kernel-calls.ts";
import { errnoOf, unlessMissing } from "../restore/moves.ts";
import { removeTree } from "../restore/remove-tree.ts";
import { syncPath } from "../restore/sync-tree.ts";

export interface SwapArea {
  /** The area itself, and its name in the target. */
  directory: string;
  name: string;
  /** Exists from before the first move until all of them are made or undone, and what follows from that is done. */
  journal: string;
  /** The tree that is restored. */
  fresh: string;
  /** What the target held. */
  old: string;
  /** What others made where a move wanted to put something. */
  meanwhile: string;
  /** Files of the target that are taken over into the fresh tree. */
  pool: string;
}

export function areaAt(directory: string): SwapArea {
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    name: basename(directory),
    journal: at("journal.json"),
    fresh: at("new"),
    old: at("old"),
    meanwhile: at("meanwhile"),
    pool: at("pool"),
  };
}

/** Open and locked as long as the handle is. */
export async function makeArea(area: SwapArea): Promise<FileHandle> {
  await mkdir(area.directory, { mode: 0o700 });
  const handle = await openArea(area);
  kernelCalls().lock?.(handle.fd);
  await mkdir(area.fresh, { mode: 0o700 });
  return handle;
}

/** The same as it is reached from the target, for `beneath`. */
export function inArea({ name }: SwapArea, part: "new" | "old", path: string): string {
  return `${name}/${part}/${path}`;
}

export function openArea({ directory }: SwapArea): Promise<FileHandle> {
  return open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/**
 * Removes the area, if it is there. The journal goes first: without one nothing of the target is in it, whatever else is. Rejects when
 * there is all the same, with that left alone.
 */
export async function removeArea(area: SwapArea): Promise<void> {
  if ((await lstat(area.directory).catch(unlessMissing)) === undefined) return;
  await unlink(area.journal).catch(unlessMissing);
  await syncPath(area.directory);
  await removeTree(area.fresh);
  await removeTree(area.pool);
  for (const directory of [area.old, area.meanwhile]) await removeEmptyTree(directory);
  for (const name of await readdir(area.directory)) {
    // A journal that was never put in its place.
    if (name.startsWith("journal.")) await unlink(join(area.directory, name)).catch(unlessMissing);
  }
  await rmdir(area.directory).catch(unlessMissing);
}

/** Directories only: rejects with ENOTEMPTY at anything else. */
async function removeEmptyTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(unlessMissing);
  if (entries === undefined) return;
  for (const entry of entries) if (entry.isDirectory()) await removeEmptyTree(join(directory, entry.name));
  await rmdir(directory);
}

/** What cannot be looked into is taken for something. */
export async function holdsSomething(directory: string): Promise<boolean> {
  const entries = await readdir(directory).catch((error: unknown) =>
    errnoOf(error) === "ENOENT" ? [] : [directory],
  );
  return entries.length > 0;
}
