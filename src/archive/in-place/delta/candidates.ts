/** Which entries may be there already, and whether a file has an entry's metadata, so that it could take its place as it is. */
import type { BigIntStats } from "node:fs";

import { hasContent, type ContentEntry, type IndexEntry } from "../../index-entry.ts";
import { parseTimestamp } from "../../timestamp.ts";
import { XattrReader } from "../../xattrs/xattr-reader.ts";
import { toFields } from "../../xattrs/xattrs.ts";

/** An empty file is made faster than it is looked at, and further names of a file go with the first. */
export function isCandidate(entry: IndexEntry): entry is ContentEntry {
  return entry.type === "file" && entry.size > 0 && hasContent(entry);
}

const PERMISSIONS = 0o7777n;

export class MetadataComparer {
  readonly #xattrs = XattrReader.open();

  /** Everything that a restore would set. */
  isSame(fd: number, stats: BigIntStats, entry: IndexEntry): boolean {
    return hasStats(stats, entry) && this.#hasXattrs(fd, stats, entry);
  }

  #hasXattrs(fd: number, stats: BigIntStats, { xattrs = {} }: IndexEntry): boolean {
    const read = this.#xattrs?.read(fd, stats);
    if (read === undefined) return Object.keys(xattrs).length === 0;
    if (read.failures.length > 0 || read.xattrs.size !== Object.keys(xattrs).length) return false;
    return Object.entries(toFields(read.xattrs)).every(([name, value]) => xattrs[name] === value);
  }
}

/** Mode, owner, size and time. */
export function hasStats(stats: BigIntStats, { mode, uid, gid, mtime, size }: IndexEntry): boolean {
  return (
    (stats.mode & PERMISSIONS) === BigInt(mode) &&
    stats.uid === BigInt(uid) &&
    stats.gid === BigInt(gid) &&
    stats.size === BigInt(size) &&
    stats.mtimeNs === parseTimestamp(mtime)
  );
}
