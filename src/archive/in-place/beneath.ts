/**
 * Reaches entries below a directory without following a symlink on the way, also one that is put there meanwhile: each
 * directory is opened as what it is and held until the entry was used.
 */
import { constants, existsSync } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";

import { errnoOf } from "../restore/moves.ts";

const OPEN = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Where the system lets an open directory be named; elsewhere its path has to do. */
const DESCRIPTORS = "/proc/self/fd";

/**
 * Gives `use` a path of the entry, good as long as that runs. `path` is a byte path below `root`; its own last part may be
 * anything, or missing. Rejects with ENOENT, ENOTDIR or ELOOP when what is above it is not a directory.
 */
export async function beneath<T>(root: string, path: string, use: (at: Buffer) => Promise<T>): Promise<T> {
  const parts = path.split("/").map((part) => Buffer.from(part, "latin1"));
  const name = parts.pop() ?? Buffer.alloc(0);
  const held: FileHandle[] = [];
  let directory: Buffer = Buffer.from(root);
  try {
    for (const part of parts) {
      const handle = await open(joined(directory, part), OPEN);
      held.push(handle);
      directory = HAS_DESCRIPTORS ? Buffer.from(`${DESCRIPTORS}/${handle.fd}`) : joined(directory, part);
    }
    return await use(joined(directory, name));
  } finally {
    for (const handle of held) await handle.close();
  }
}

const HAS_DESCRIPTORS = existsSync(DESCRIPTORS);

/** `missing` also when a directory above it is. */
export async function kindBeneath(root: string, path: string): Promise<"missing" | "directory" | "other"> {
  try {
    const stats = await beneath(root, path, (at) => lstat(at));
    return stats.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "missing";
    throw error;
  }
}

function joined(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from("/"), name]);
}
