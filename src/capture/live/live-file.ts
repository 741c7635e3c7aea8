/**
 * The files of a live database, as another process may look at them: opened for reading only, never through a link, without a
 * lock, and without leaving a trace of the reading where the system allows that.
 */
import { constants, type BigIntStats } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";

import { CannotCapture } from "./cannot-capture.ts";

/** O_NONBLOCK: a FIFO that took a file's place must not block the capture. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface LiveFile {
  handle: FileHandle;
  /** When it was opened. */
  stats: BigIntStats;
}

export function sidePath(path: Buffer, suffix: string): Buffer {
  return Buffer.concat([path, Buffer.from(suffix)]);
}

/** Undefined where there is none. Closed when the work has ended. */
export async function withLiveFile<T>(
  path: Buffer,
  work: (file: LiveFile | undefined) => Promise<T>,
): Promise<T> {
  const handle = await openLive(path);
  if (handle === undefined) return work(undefined);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw notAFile(path);
    return await work({ handle, stats });
  } finally {
    await handle.close();
  }
}

/** Undefined where there is none. */
export async function statLive(path: Buffer): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Nobody has written to it, and none has taken its place. */
export function isUntouched(before: BigIntStats, now: BigIntStats | undefined): boolean {
  return now !== undefined && stampOf(now) === stampOf(before);
}

/** All that can be told where a server sets the times of a file, when it is sent what was written before. */
export function isAsLong(before: BigIntStats, now: BigIntStats | undefined): boolean {
  return now?.ino === before.ino && now.dev === before.dev && now.size === before.size;
}

/** What every change of a file changes. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

async function openLive(path: Buffer): Promise<FileHandle | undefined> {
  try {
    // Only a file's owner, or root with that right, may read without changing its access time.
    return await open(path, READ | constants.O_NOATIME).catch((error: unknown) => {
      if (codeOf(error) === "EPERM") return open(path, READ);
      throw error;
    });
  } catch (error) {
    if (isAbsence(error)) return undefined;
    if (["ELOOP", "ENXIO"].includes(codeOf(error))) throw notAFile(path);
    throw error;
  }
}

function notAFile(path: Buffer): CannotCapture {
  return new CannotCapture("not-a-database", `${path.toString()} is not a regular file`);
}

function isAbsence(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
