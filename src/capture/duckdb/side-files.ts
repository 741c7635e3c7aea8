/** The files beside a live DuckDB database: copied with what is needed to tell later that they are still what was copied. */
import { createHash } from "node:crypto";

import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { CannotCapture } from "../live/cannot-capture.ts";
import { lookAgainAt, type CopiedSideFile } from "../live/copied-side-file.ts";
import { isUntouched, sidePath, statLive, withLiveFile } from "../live/live-file.ts";
import type { Scratch } from "../live/scratch.ts";
import { WalScan, type WalState } from "./wal-scan.ts";

export const WAL = ".wal";
/** There only while a checkpoint runs, or after one was interrupted. */
const OF_CHECKPOINT = SIDE_FILES.duckdb.filter((suffix) => suffix !== WAL);

export interface SideFile extends CopiedSideFile {
  cloned: boolean;
  wal: WalState;
}

export async function isInCheckpoint(database: Buffer): Promise<boolean> {
  for (const suffix of OF_CHECKPOINT) {
    if ((await statLive(sidePath(database, suffix))) !== undefined) return true;
  }
  return false;
}

/** Those that exist. */
export async function copySideFiles(
  database: Buffer,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<SideFile[]> {
  const copied: SideFile[] = [];
  for (const suffix of SIDE_FILES.duckdb) {
    const file = await copySideFile(database, suffix, { scratch, signal });
    if (file !== undefined) copied.push(file);
  }
  return copied;
}

async function copySideFile(
  database: Buffer,
  suffix: string,
  { scratch, signal }: { scratch: Scratch; signal: AbortSignal },
): Promise<SideFile | undefined> {
  return withLiveFile(sidePath(database, suffix), async (live) => {
    if (live === undefined) return undefined;
    const digest = createHash("sha256");
    const scan = new WalScan();
    const inspect = (chunk: Buffer) => {
      digest.update(chunk);
      scan.push(chunk);
    };
    const copied = await scratch.copy(live, suffix, { signal, inspect });
    return { suffix, ...copied, stats: live.stats, sha256: digest.digest("hex"), wal: scan.state };
  });
}

/**
 * The second look: throws where the side files that were copied, and no others, need not have been there at one moment with a
 * main file that has not changed. The log may have appeared or grown: what was copied is how it began.
 */
export async function lookAgain(
  database: Buffer,
  copied: readonly SideFile[],
  signal: AbortSignal,
): Promise<void> {
  for (const suffix of OF_CHECKPOINT) {
    if ((await statLive(sidePath(database, suffix))) !== undefined)
      throw new CannotCapture("busy", "a checkpoint began");
  }
  const how = { called: "write-ahead log", mayGrow: true, signal };
  for (const file of copied) await lookAgainAt(sidePath(database, file.suffix), file, how);
}

/** Of files that nobody may write to: they are the same as when they were copied, and there are no others. */
export async function areTheSame(
  database: Buffer,
  copied: readonly SideFile[],
  isSame: typeof isUntouched,
): Promise<boolean> {
  for (const suffix of SIDE_FILES.duckdb) {
    const before = copied.find((file) => file.suffix === suffix)?.stats;
    const now = await statLive(sidePath(database, suffix));
    if (before === undefined ? now !== undefined : !isSame(before, now)) return false;
  }
  return true;
}
