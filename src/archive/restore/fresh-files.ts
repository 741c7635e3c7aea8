/**
 * What a file gets by itself that is made in a fresh directory, so that what is right already need not be set. Found by
 * making one: umask, setgid, mount options, default ACLs and what a file system makes of modes all have their say.
 */
import { closeSync, constants, fstatSync, openSync, unlinkSync } from "node:fs";

import { toFsPath } from "../byte-path.ts";

export interface FreshFiles {
  uid: number;
  gid: number;
  /** A file that is made with some of these permission bits has exactly those. */
  kept: number;
}

const ALL = 0o777;
const OWNER_ONLY = 0o600;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** `directory` is a byte path, of a directory that nobody else writes into; it is left as it was, but for its times. */
export function freshFilesIn(directory: string): FreshFiles {
  const open = make(directory, ALL);
  const closed = make(directory, OWNER_ONLY);
  const keepsModes = closed.mode === OWNER_ONLY;
  return { uid: open.uid, gid: open.gid, kept: keepsModes ? open.mode : 0 };
}

function make(directory: string, mode: number): { uid: number; gid: number; mode: number } {
  const path = toFsPath(`${directory}/.holdfast-fresh`);
  const fd = openSync(path, CREATE, mode);
  try {
    const { uid, gid, mode: made } = fstatSync(fd);
    return { uid, gid, mode: made & 0o7777 };
  } finally {
    closeSync(fd);
    unlinkSync(path);
  }
}
