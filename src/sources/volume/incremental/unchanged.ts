/**
 * When a file may be taken for unchanged without reading it: restic's rule (regular, same path, size, mtime, ctime and inode,
 * never the device), borg's (an entry whose ctime is not older than the scan proves nothing), and pgbackrest's distrust of times in
 * the future. What was true of a file that was written while it was read is not known at all.
 */
import type { ContentEntry } from "../../../archive/index-entry.ts";
import type { EntryStats } from "../../../archive/index-line.ts";
import { parseTimestamp } from "../../../archive/timestamp.ts";

/** The coarsest times that file systems keep are of 2 s (FAT). */
const GRANULARITY = 2_000_000_000n;

export interface ScanTimes {
  /** When the scan began that made the entries. */
  scanned: bigint;
  /** Both in nanoseconds since 1970. */
  now: bigint;
}

export function isUnchanged(entry: ContentEntry, stats: EntryStats, times: ScanTimes): boolean {
  return (
    isComparable(entry, stats) &&
    parseTimestamp(entry.mtime) === stats.mtimeNs &&
    parseTimestamp(entry.ctime) === stats.ctimeNs &&
    entry.inode === String(stats.ino) &&
    areTimesTrusted(stats, times)
  );
}

/** Whether times that are the same as they were prove anything. */
export function areTimesTrusted({ ctimeNs, mtimeNs }: EntryStats, { scanned, now }: ScanTimes): boolean {
  return ctimeNs < scanned - GRANULARITY && ctimeNs < now && mtimeNs < now;
}

/** Up to here a file is read once more to find that a mere touch left its content alone. */
const SMALL = 1024n * 1024n;

/** Whether it is worth comparing the content with the entry's: larger files only when nobody has set a new mtime. */
export function mayBeUnchanged(entry: ContentEntry, stats: EntryStats): boolean {
  const isTouched = parseTimestamp(entry.mtime) !== stats.mtimeNs;
  return stats.size > 0n && isComparable(entry, stats) && (!isTouched || stats.size <= SMALL);
}

function isComparable({ data, size }: ContentEntry, stats: EntryStats): boolean {
  return data.changed === undefined && BigInt(size) === stats.size;
}
