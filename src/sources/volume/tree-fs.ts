/** The part of `node:fs` that a walk uses; a test puts a file system under it that changes while it is read. */
import type fs from "node:fs";
import { constants } from "node:fs";

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
