/** Puts a written tree on its disk, before what it replaces is removed. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";

import { kernelCalls } from "./kernel-calls.ts";
import { errnoOf } from "./moves.ts";

/** In one call where the platform has it: to sync each of many small files by itself takes many times as long. */
export async function syncTree(directory: string, fd: number): Promise<void> {
  const { syncFileSystem } = kernelCalls();
  if (syncFileSystem === undefined) await syncEach(Buffer.from(directory));
  else await syncFileSystem(fd);
}

/** Every file and directory of the tree. What its owner may not open is left to the kernel. */
export async function syncEach(directory: Buffer): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: "buffer" })) {
    const path = Buffer.concat([directory, Buffer.from("/"), entry.name]);
    if (entry.isDirectory()) await syncEach(path);
    else if (entry.isFile()) await syncPath(path);
  }
  await syncPath(directory);
}

/** A directory so that the names in it are kept; some file systems cannot, and keep them anyway. */
export async function syncPath(path: Buffer | string): Promise<void> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!UNSUPPORTED.includes(errnoOf(error) ?? "")) throw error;
  }
}

const UNSUPPORTED = ["EACCES", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];
