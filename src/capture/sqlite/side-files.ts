/** The files beside a live SQLite database that belong to its state: a log of what is committed, or a journal of what is not. */
import { createHash } from "node:crypto";

import { CannotCapture } from "../live/cannot-capture.ts";
import { lookAgainAt, type CopiedSideFile } from "../live/copied-side-file.ts";
import { isUntouched, sidePath, statLive, withLiveFile, type LiveFile } from "../live/live-file.ts";
import type { Scratch } from "../live/scratch.ts";

export const WAL = "-wal";
export const JOURNAL = "-journal";
/** The index of the log, which is made anew from it. */
export const SHARED_MEMORY = "-shm";
const SUFFIXES = [WAL, JOURNAL];

const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");

/** Those that exist; a journal only where opening the database would roll it back. */
export async function copySideFiles(
  database: Buffer,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<CopiedSideFile[]> {
  const copied: CopiedSideFile[] = [];
  for (const suffix of SUFFIXES) {
    const file = await copySideFile(database, suffix, { scratch, signal });
    if (file !== undefined) copied.push(file);
  }
  return copied;
}

async function copySideFile(
  database: Buffer,
  suffix: string,
  { scratch, signal }: { scratch: Scratch; signal: AbortSignal },
): Promise<CopiedSideFile | undefined> {
  return withLiveFile(sidePath(database, suffix), async (live) => {
    if (live === undefined || !(await counts(live, suffix))) return undefined;
    const digest = createHash("sha256");
    const ends = new Ends();
    const inspect = (chunk: Buffer) => {
      digest.update(chunk);
      ends.push(chunk);
    };
    const copied = await scratch.copy(live, suffix, { signal, inspect });
    const isJournal = ends.first.equals(JOURNAL_MAGIC);
    // Whether its transaction was committed, the other databases of it decide: no state that can be taken by itself.
    if (isJournal && ends.last.equals(JOURNAL_MAGIC))
      throw new CannotCapture("busy", "a transaction over several databases was being committed");
    return { suffix, ...copied, stats: live.stats, sha256: digest.digest("hex") };
  });
}

/** A journal whose transaction is over is removed, cut to nothing, or has its beginning overwritten. */
async function counts({ handle, stats }: LiveFile, suffix: string): Promise<boolean> {
  if (stats.size === 0n || suffix !== JOURNAL) return stats.size > 0n;
  const start = Buffer.alloc(JOURNAL_MAGIC.length);
  await handle.read(start, 0, start.length, 0);
  return start.equals(JOURNAL_MAGIC);
}

async function isThere(path: Buffer, suffix: string): Promise<boolean> {
  return withLiveFile(path, async (live) => live !== undefined && counts(live, suffix));
}

/** The first and the last eight bytes of what streams by; a journal that names another journal ends with the magic, too. */
class Ends {
  first = Buffer.alloc(0);
  last = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (this.first.length < 8) this.first = Buffer.concat([this.first, chunk.subarray(0, 8)]).subarray(0, 8);
    this.last = Buffer.from(Buffer.concat([this.last, chunk.subarray(-8)]).subarray(-8));
  }
}

/** Throws where what was copied need not have been there at one moment with a main file that has not changed: a log may have grown. */
export async function lookAgain(
  database: Buffer,
  copied: readonly CopiedSideFile[],
  signal: AbortSignal,
): Promise<void> {
  for (const suffix of SUFFIXES) {
    const file = copied.find((side) => side.suffix === suffix);
    const path = sidePath(database, suffix);
    const called = suffix === JOURNAL ? "journal" : "log";
    if (file !== undefined) await lookAgainAt(path, file, { called, mayGrow: suffix !== JOURNAL, signal });
    else if (suffix === JOURNAL && ((await statLive(path))?.size ?? 0n) > 0n)
      throw new CannotCapture("busy", "a transaction began");
  }
}

/** Of files that nobody may write to: they are the very same as when they were copied, and there are no others. */
export async function areUntouched(database: Buffer, copied: readonly CopiedSideFile[]): Promise<boolean> {
  for (const suffix of SUFFIXES) {
    const path = sidePath(database, suffix);
    const before = copied.find((file) => file.suffix === suffix)?.stats;
    if (before === undefined ? await isThere(path, suffix) : !isUntouched(before, await statLive(path)))
      return false;
  }
  return true;
}
