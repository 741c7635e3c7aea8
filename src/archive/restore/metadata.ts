/**
 * Owner, extended attributes, mode and times of restored entries. What this process may not set is left, counted, and told
 * once for each kind of thing; setuid and setgid are set only by root, on files of their true owner.
 */
import { chmodSync, fchmodSync, fchownSync, lchownSync } from "node:fs";

import { toFsPath } from "../byte-path.ts";
import type { IndexEntry } from "../index-entry.ts";
import { parseTimestamp } from "../timestamp.ts";
import type { EntryAt } from "../xattrs/xattr-calls.ts";
import { XattrSetter } from "../xattrs/xattr-setter.ts";
import { freshFilesIn, type FreshFiles } from "./fresh-files.ts";
import type { LossReport } from "./loss-report.ts";
import { errnoOf } from "./moves.ts";
import { createTimeSetter } from "./set-times.ts";

/** Paths are byte strings. */
export interface Metadata {
  /** Of all that was left, one sentence a kind. */
  warnings(): string[];
  /** What a fresh directory got from its parent, and would give to all that is made in it. */
  clear(directory: string): void;
  /** The mode to make a file with, in what was cleared or below. */
  modeOfNew(entry: IndexEntry): number;
  /** Of one that was made so. */
  ofNewFile(fd: number, entry: IndexEntry): void;
  ofFile(fd: number, entry: IndexEntry): void;
  ofDirectory(path: string, entry: IndexEntry): void;
  ofSymlink(path: string, entry: IndexEntry): void;
  /** A FIFO or a device: never opened, because that waits for others or acts on hardware. */
  ofSpecial(path: string, entry: IndexEntry): void;
}

const WITHOUT_SET_ID = 0o1777;
const OWNER_ONLY = 0o600;

export function createMetadata({ isRoot, losses }: { isRoot: boolean; losses: LossReport }): Metadata {
  const times = createTimeSetter();
  const xattrs = new XattrSetter(losses);
  const mtimeOf = ({ mtime }: IndexEntry): bigint => parseTimestamp(mtime) ?? 0n;
  /** The owner first, because changing it clears capabilities and setuid; ACLs last, because the mode changes them. */
  const apply = (at: EntryAt, entry: IndexEntry, setMode: (mode: number) => void): void => {
    const owned = setOwner(at, entry, losses);
    xattrs.setPlain(at, entry);
    setMode(permittedMode(entry, isRoot && owned, losses));
    xattrs.setAcls(at, entry);
  };
  const ofPath = (path: string, entry: IndexEntry): void => {
    apply(path, entry, (mode) => chmodSync(toFsPath(path), mode));
    times.ofPath(path, mtimeOf(entry));
  };
  let cleared: string | undefined;
  let fresh: FreshFiles | undefined;
  return {
    warnings: () => [
      ...(times.exact ? [] : ["times of files were restored to the microsecond only on this platform"]),
      ...losses.sentences(),
    ],
    clear(directory) {
      xattrs.clearAcls(directory);
      cleared = directory;
    },
    modeOfNew(entry) {
      if (cleared !== undefined) fresh ??= freshFilesIn(cleared);
      return isModeKept(fresh, entry) ? entry.mode : OWNER_ONLY;
    },
    ofNewFile(fd, entry) {
      if (!isModeKept(fresh, entry)) return this.ofFile(fd, entry);
      if (entry.uid !== fresh.uid || entry.gid !== fresh.gid) setOwner(fd, entry, losses);
      times.ofFile(fd, mtimeOf(entry));
    },
    ofFile(fd, entry) {
      apply(fd, entry, (mode) => fchmodSync(fd, mode));
      times.ofFile(fd, mtimeOf(entry));
    },
    ofDirectory: ofPath,
    ofSpecial: ofPath,
    ofSymlink(path, entry) {
      setOwner(path, entry, losses);
      xattrs.setPlain(path, entry);
      times.ofPath(path, mtimeOf(entry));
    },
  };
}

/** Whether a new file has the mode from the start: not where xattrs are set, which a read-only file would not take. */
function isModeKept(fresh: FreshFiles | undefined, { mode, xattrs }: IndexEntry): fresh is FreshFiles {
  return fresh !== undefined && xattrs === undefined && (mode & fresh.kept) === mode;
}

/** How it is said that this process, or this file system, cannot give a file to that owner. */
const NOT_OURS_TO_GIVE: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EINVAL",
  "ENOTSUP",
  "EOPNOTSUPP",
]);

/** False where the owner is another one. To set the owner that it has already is allowed to everybody. */
function setOwner(at: EntryAt, entry: IndexEntry, losses: LossReport): boolean {
  const { uid, gid } = entry;
  try {
    if (typeof at === "number") fchownSync(at, uid, gid);
    else lchownSync(toFsPath(at), uid, gid);
    return true;
  } catch (error) {
    if (!NOT_OURS_TO_GIVE.has(errnoOf(error))) throw error;
    losses.add("owners", entry.path, "only root may set them");
    return false;
  }
}

function permittedMode({ mode, path }: IndexEntry, keepsSetId: boolean, losses: LossReport): number {
  if (keepsSetId || (mode & WITHOUT_SET_ID) === mode) return mode;
  losses.add("setuid and setgid", path, "only root may set them");
  return mode & WITHOUT_SET_ID;
}
