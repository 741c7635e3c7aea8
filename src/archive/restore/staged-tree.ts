/** What is looked at of a tree that has been written, before it takes the place of anything. */
import { mkdir, mkdtemp, rmdir } from "node:fs/promises";
import { join } from "node:path";

import { Reach } from "../reach.ts";
import { removeTree } from "./remove-tree.ts";
import type { Staging } from "./staging.ts";

export interface StagedTree {
  /** Where the entry of this byte path is; good until another one is asked for. */
  at: (path: string) => Buffer;
  /** Directory on the same file system, empty and nobody else's; removed with all that is in it when this has ended. */
  scratch: string;
}

/** Gives what `inspect` gives, and changes nothing of the tree. */
export async function withStagedTree<T>(
  { directory, pool }: Pick<Staging, "directory" | "pool">,
  inspect: (tree: StagedTree) => Promise<T>,
): Promise<T> {
  const reach = new Reach(Buffer.from(directory).toString("latin1"));
  // Of a restore that is killed here, whoever removes what it left removes the pool.
  const isOurs = (await mkdir(pool, { recursive: true, mode: 0o700 })) !== undefined;
  try {
    const scratch = await mkdtemp(join(pool, "inspect-"));
    try {
      return await inspect({ at: (path) => Buffer.from(reach.at(path), "latin1"), scratch });
    } finally {
      await removeTree(scratch);
    }
  } finally {
    if (isOurs) await rmdir(pool);
    reach.close();
  }
}
