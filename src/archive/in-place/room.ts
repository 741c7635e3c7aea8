/** Whether what a restore is going to write fits on the disk: told before it fills the disk that a living application uses. */
import { statfs } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import { formatSize } from "../../domain/human-text.ts";
import { rawPath, type ContentEntry, type IndexEntry } from "../index-entry.ts";
import type { FramedObject } from "../framed-object.ts";
import { hasStats, isCandidate } from "./delta/candidates.ts";
import { OldFiles } from "./delta/old-files.ts";

/** Of this user, on the directory's file system. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bfree, bsize } = await statfs(directory);
  return (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
}

export interface RoomQuestion {
  /** Those whose content is written, and no others. */
  entries: AsyncIterable<ContentEntry>;
  /** The archive of a point. */
  archiveOf: (point: string | undefined) => Promise<FramedObject>;
  /** Whose files are taken over as they are; undefined when everything is written. */
  sharedWith: string | undefined;
}

/**
 * About as many bytes as the restore takes beside what is there, rather too few than too many: holes are not counted as far
 * as the archive shows them, nor files that are there already, as far as that shows without reading them.
 */
export async function bytesToWrite({ entries, archiveOf, sharedWith }: RoomQuestion): Promise<number> {
  const old = sharedWith === undefined ? undefined : new OldFiles(sharedWith);
  try {
    let bytes = 0;
    for await (const entry of entries) {
      if (old !== undefined && isShared(old, entry)) continue;
      bytes += entry.size < HOLES_FROM ? entry.size : bytesOf(entry, await archiveOf(entry.data.point));
    }
    return bytes;
  } finally {
    old?.close();
  }
}

/** Below this, holes are not worth a look. */
const HOLES_FROM = 1024 * 1024;
/** What is not a hole is rarely compressed to less than this part of it. */
const DENSEST = 64;

function bytesOf({ size, data: { offset } }: ContentEntry, archive: FramedObject): number {
  const last = archive.frameHolding(offset + size - 1);
  let bytes = 0;
  for (let number = archive.frameHolding(offset); number <= last; number += 1) {
    const frame = archive.frame(number);
    const within = Math.min(frame.start + frame.size, offset + size) - Math.max(frame.start, offset);
    const stored = archive.storedStart(number + 1) - archive.storedStart(number);
    bytes += Math.min(within, stored * DENSEST);
  }
  return bytes;
}

function isShared(old: OldFiles, entry: IndexEntry): boolean {
  const stats = isCandidate(entry) ? old.find(rawPath(entry))?.stats : undefined;
  return stats !== undefined && stats.nlink === 1n && hasStats(stats, entry);
}

export function noRoom(target: string, bytes: number, free: number): HoldfastError {
  return new HoldfastError("no-space", {
    what: `Restoring to ${target}`,
    why: `it takes ${formatSize(bytes)} beside what is there, and ${formatSize(free)} are free`,
    next: "free space, restore only parts with --path, or restore to a directory on another disk",
  });
}
