/** What the file system's refusals mean to somebody who named a directory to restore to. */
import { HoldfastError, messageOf, type ErrorCode } from "../../domain/errors.ts";
import { errnoOf } from "./moves.ts";

interface Meaning {
  code: ErrorCode;
  why: string;
  next: string;
}

const NOT_PERMITTED: Meaning = {
  code: "usage",
  why: "this user may not write there",
  next: "choose a directory that may be written, or restore as its owner or as root",
};
const FULL: Meaning = {
  code: "no-space",
  why: "the disk is full",
  next: "free space or restore to another disk",
};
const NO_DIRECTORY: Meaning = {
  code: "usage",
  why: "a part of its path is not a directory",
  next: "choose a directory",
};

const MEANINGS: Partial<Record<string, Meaning>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENOTDIR: NO_DIRECTORY,
  EEXIST: {
    code: "refused",
    why: "somebody else is writing there",
    next: "stop what writes to it and restore again",
  },
  ENOTEMPTY: {
    code: "refused",
    why: "somebody else is writing there",
    next: "stop what writes to it and restore again",
  },
  ENOENT: {
    code: "refused",
    why: "a directory of its path is not there any more",
    next: "stop what changes it and restore again",
  },
  ELOOP: { code: "usage", why: "its symbolic links lead in a circle", next: "choose a directory" },
  ENAMETOOLONG: { code: "usage", why: "its name is too long", next: "choose a shorter one" },
  EROFS: {
    code: "usage",
    why: "its file system is read-only",
    next: "mount it writable or choose a directory elsewhere",
  },
  EBUSY: {
    code: "refused",
    why: "it is in use as a mount point or by a container",
    next: "stop what uses it, or restore to another directory",
  },
  EXDEV: {
    code: "usage",
    why: "its file system cannot move it aside, as with a directory of a container's image",
    next: "choose a new directory or one in a volume",
  },
};

/** An error of ours stays as it is. `kept` says in full sentences what of the user's data is where. */
export function targetError(path: string, error: unknown, kept?: string): HoldfastError {
  if (error instanceof HoldfastError && kept === undefined) return error;
  const { code, why, next } = meaningOf(error);
  return new HoldfastError(code, {
    what: `Restoring to ${path}`,
    why: kept === undefined ? why : `${why}; ${kept}`,
    next,
    cause: error,
  });
}

function meaningOf(error: unknown): Meaning {
  if (error instanceof HoldfastError) {
    const { why, next } = error.facts;
    return { code: error.code, why, next: next ?? "restore again" };
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const meaning = MEANINGS[errnoOf(error) ?? errnoOf(cause) ?? ""];
  if (meaning !== undefined) return { ...meaning, why: `${meaning.why} (${messageOf(error)})` };
  return { code: "internal", why: messageOf(error), next: "check the directory's disk and file system" };
}
