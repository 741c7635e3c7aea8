/** Owner, mode and times of restored entries. Owners are set only as root, and setuid bits only then. */
import { chmodSync, fchmodSync, fchownSync, lchownSync } from "node:fs";

import { toFsPath } from "../byte-path.ts";
import type { IndexEntry } from "../index-entry.ts";
import { parseTimestamp } from "../timestamp.ts";
import { createTimeSetter } from "./set-times.ts";

/** Paths are byte strings. */
export interface Metadata {
  readonly warnings: string[];
  ofFile(fd: number, entry: IndexEntry): void;
  ofDirectory(path: string, entry: IndexEntry): void;
  ofSymlink(path: string, entry: IndexEntry): void;
}

const WITHOUT_SET_ID = 0o1777;

export function createMetadata(isRoot: boolean): Metadata {
  const times = createTimeSetter();
  const warnings: string[] = [];
  if (!times.exact) warnings.push("times of files were restored to the microsecond only on this platform");
  if (!isRoot) warnings.push("owners were not restored, because only root may set them");
  const modeOf = ({ mode }: IndexEntry): number => (isRoot ? mode : mode & WITHOUT_SET_ID);
  const mtimeOf = ({ mtime }: IndexEntry): bigint => parseTimestamp(mtime) ?? 0n;
  return {
    warnings,
    // The owner first: changing it clears the setuid bits.
    ofFile(fd, entry) {
      if (isRoot) fchownSync(fd, entry.uid, entry.gid);
      fchmodSync(fd, modeOf(entry));
      times.ofFile(fd, mtimeOf(entry));
    },
    ofDirectory(path, entry) {
      const at = toFsPath(path);
      if (isRoot) lchownSync(at, entry.uid, entry.gid);
      chmodSync(at, modeOf(entry));
      times.ofPath(path, mtimeOf(entry));
    },
    ofSymlink(path, entry) {
      if (isRoot) lchownSync(toFsPath(path), entry.uid, entry.gid);
      times.ofPath(path, mtimeOf(entry));
    },
  };
}
