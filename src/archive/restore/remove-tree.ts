/** Removes a directory tree of ours, also where its restored modes forbid that to its owner, and however deep it is. */
import { chmod, readdir, rm, rmdir, unlink } from "node:fs/promises";

import { ROOT_PATH, toFsPath } from "../byte-path.ts";
import { Reach } from "../reach.ts";
import { errnoOf } from "./moves.ts";
import { mountsBelow, readMounts } from "./mount-table.ts";

/** Nothing when it is not there. Rejects, with nothing removed, when something is mounted in it: that is not ours. */
export async function removeTree(directory: string): Promise<void> {
  const [mounted] = mountsBelow(await readMounts(), directory);
  if (mounted !== undefined) throw new Error(`${mounted} is mounted in it`);
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if (!["EACCES", "EPERM", "ENAMETOOLONG"].includes(errnoOf(error) ?? "")) throw error;
    const reach = new Reach(Buffer.from(directory).toString("latin1"));
    try {
      await removeEach(reach, ROOT_PATH);
    } finally {
      reach.close();
    }
  }
}

async function removeEach(reach: Reach, path: string): Promise<void> {
  const at = (entry: string): string | Buffer => toFsPath(reach.at(entry));
  await chmod(at(path), 0o700);
  for (const entry of await readdir(at(path), { withFileTypes: true, encoding: "latin1" })) {
    const below = path === ROOT_PATH ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) await removeEach(reach, below);
    else await unlink(at(below));
  }
  await rmdir(at(path));
}
