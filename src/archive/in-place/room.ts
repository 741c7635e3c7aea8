/** Whether what a restore is going to write fits on the disk: told before it fills the disk that a living application uses. */
import { statfs } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import { formatSize } from "../../domain/human-text.ts";

/** Throws `no-space`. Holes count as data: where they are is known only when they are read. */
export async function assertRoom(target: string, directory: string, bytes: number): Promise<void> {
  const { bavail, bfree, bsize } = await statfs(directory);
  const free = (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
  if (bytes <= free) return;
  throw new HoldfastError("no-space", {
    what: `Restoring to ${target}`,
    why: `it takes ${formatSize(bytes)} beside what is there, and ${formatSize(free)} are free`,
    next: "free space, restore only parts with --path, or restore to a directory on another disk",
  });
}
