/** The part of `node:fs` that a walk uses; a test puts a file system under it that changes while it is read. */
import type fs from "node:fs";
import { constants } from "node:fs";

import { toFsPath } from "../../archive/byte-path.ts";

export type TreeFs = Pick<
  typeof fs,
  | "closeSync"
  | "fstatSync"
  | "lstatSync"
  | "openSync"
  | "readdirSync"
  | "readlinkSync"
  | "readSync"
  | "statSync"
>;

/** O_NONBLOCK: a FIFO that took a file's place must not block the walk. */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `directory` is an absolute byte string, and so are the names. Throws what the file system does. */
export function listNames(fs: TreeFs, directory: string): string[] {
  // Byte order: one character is one byte.
  return fs.readdirSync(toFsPath(directory), { encoding: "latin1" }).sort((a, b) => (a < b ? -1 : 1));
}

/** False also where there is nothing. Throws what else the file system does. */
export function isDirectoryAt(fs: TreeFs, path: string | Buffer): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
