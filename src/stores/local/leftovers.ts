/** Removes the temporary files and empty folders of puts that were killed. */
import { lstat, open, readdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { removeEmptyFolders } from "./atomic-write.ts";
import { errnoOf } from "./file-error.ts";
import { walkFolder } from "./folder-walk.ts";
import { isTempName, tempName, writerFate } from "../temp-name.ts";

/**
 * A writer in another container or on another host cannot be seen. The stack's lock keeps other backups away, so all it
 * may still write is a lock or a proof: a few bytes, not a minute. Were it slower, its put would fail, never be cut.
 */
const UNSEEN_WRITER_QUIET_MS = 60_000;

/** Returns how many files were removed. Files of living writers stay. */
export async function removeLeftoverFiles(
  root: string,
  prefix: string,
  { processes, beforeEach }: { processes: ProcessTable; beforeEach: () => void },
): Promise<number> {
  let removed = 0;
  let diskNow: number | undefined;
  for await (const file of walkFolder(root, prefix)) {
    beforeEach();
    if (!isTempName(file.name)) continue;
    const fate = writerFate(file.name, processes);
    if (fate === "alive") continue;
    if (fate === "unknown") {
      diskNow ??= await clockOfDisk(root, processes);
      if (diskNow - file.modifiedAt < UNSEEN_WRITER_QUIET_MS) continue;
    }
    await unlink(file.path).catch(unlessAbsent);
    await removeEmptyFolders(dirname(file.path), root);
    removed++;
  }
  await removeHollowFolders(join(root, prefix.slice(0, prefix.lastIndexOf("/") + 1)), root);
  return removed;
}

/** File times are compared with the clock that made them, which on a network file system is the server's. */
async function clockOfDisk(root: string, processes: ProcessTable): Promise<number> {
  const probe = join(root, tempName(processes.self));
  await (await open(probe, "wx", 0o600)).close();
  try {
    return (await lstat(probe)).mtimeMs;
  } finally {
    await unlink(probe);
  }
}

/** A put that was killed before it opened its file leaves folders only. Folders that hold anything stay. */
async function removeHollowFolders(folder: string, root: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(unlessAbsent);
  if (entries === undefined) return;
  for (const entry of entries) {
    if (entry.isDirectory()) await removeHollowFolders(join(folder, entry.name), root);
  }
  const isRoot = join(folder, ".") === root;
  if (!isRoot) await rmdir(folder).catch(unlessOccupied);
}

function unlessAbsent(error: unknown): undefined {
  if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
}

function unlessOccupied(error: unknown): void {
  if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") unlessAbsent(error);
}
