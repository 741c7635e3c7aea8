/** Removes a directory tree of ours, also where its restored modes forbid that to its owner. */
import { chmod, readdir, rm } from "node:fs/promises";

import { errnoOf } from "./moves.ts";
import { mountsBelow, readMounts } from "./mount-table.ts";

/** Nothing when it is not there. Rejects, with nothing removed, when something is mounted in it: that is not ours. */
export async function removeTree(directory: string): Promise<void> {
  const [mounted] = mountsBelow(await readMounts(), directory);
  if (mounted !== undefined) throw new Error(`${mounted} is mounted in it`);
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    const code = errnoOf(error);
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await makeRemovable(Buffer.from(directory));
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeRemovable(directory: Buffer): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: "buffer" })) {
    if (entry.isDirectory()) await makeRemovable(Buffer.concat([directory, Buffer.from("/"), entry.name]));
  }
}
