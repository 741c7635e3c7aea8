/** What the file system's refusals mean while one entry of a restore is written. */
import { HoldfastError, messageOf, type ErrorCode } from "../../domain/errors.ts";
import { errnoOf } from "./moves.ts";

interface Meaning {
  code: ErrorCode;
  why: string;
  next: string;
}

const NOT_PERMITTED: Meaning = {
  code: "target",
  why: "this user may not write it there",
  next: "restore as the owner of the target's directories or as root",
};
const FULL: Meaning = {
  code: "no-space",
  why: "the disk is full",
  next: "free space or restore to another disk",
};
const DISTURBED: Meaning = {
  code: "refused",
  why: "somebody else changes the directory that it is written to",
  next: "stop what writes there and restore again",
};
const NOT_HELD: Meaning = {
  code: "target",
  why: "the target's file system cannot hold it",
  next: "restore to a file system like the one that it came from",
};

const MEANINGS: Partial<Record<string, Meaning>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EIO: {
    code: "target",
    why: "the disk reports an error",
    next: "read the system's log, and restore to another disk",
  },
  EROFS: {
    code: "target",
    why: "the target's file system is read-only",
    next: "mount it writable, which a disk with errors refuses, or restore to another one",
  },
  EEXIST: DISTURBED,
  ENOENT: DISTURBED,
  ENOTDIR: DISTURBED,
  ELOOP: DISTURBED,
  EFBIG: NOT_HELD,
  EILSEQ: NOT_HELD,
  EINVAL: NOT_HELD,
  EMLINK: NOT_HELD,
  ENAMETOOLONG: NOT_HELD,
  ENOTSUP: NOT_HELD,
  EOPNOTSUPP: NOT_HELD,
};

/** An error of ours stays as it is. `path` is the entry's, as text. */
export function entryError(path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const meaning = MEANINGS[errnoOf(error) ?? ""];
  return new HoldfastError(meaning?.code ?? "internal", {
    what: `Restoring ${path}`,
    why: meaning === undefined ? messageOf(error) : `${meaning.why} (${messageOf(error)})`,
    next: meaning?.next ?? "check the target's disk and file system",
    cause: error,
  });
}
