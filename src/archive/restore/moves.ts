/** The two ways a swap moves things. Neither ever replaces what is already there. */
import { chmod, lstat, rename } from "node:fs/promises";

import { kernelCalls } from "./kernel-calls.ts";

export interface Moves {
  /** Rejects with EEXIST when something has the new name. Both names are on one file system. */
  move(from: Buffer, to: Buffer): Promise<void>;
  /** Gives each the other's name, in one step: false, with nothing done, where the system cannot. */
  exchange(a: Buffer, b: Buffer): Promise<boolean>;
}

export const systemMoves: Moves = {
  async move(from, to) {
    try {
      await moveOnce(from, to);
    } catch (error) {
      // A directory that gets another parent must be writable itself, to all but root.
      if (errnoOf(error) !== "EACCES" || !(await moveReadOnly(from, to))) throw error;
    }
  },
  exchange: async (a, b) => kernelCalls().rename?.(a, b, "exchange") ?? false,
};

async function moveOnce(from: Buffer, to: Buffer): Promise<void> {
  if (kernelCalls().rename?.(from, to, "fresh") === true) return;
  const there = await lstat(to).catch(unlessMissing);
  if (there !== undefined) {
    throw Object.assign(new Error(`EEXIST: file already exists, rename '${from.toString()}'`), {
      code: "EEXIST",
    });
  }
  await rename(from, to);
}

async function moveReadOnly(from: Buffer, to: Buffer): Promise<boolean> {
  const stats = await lstat(from);
  const mode = stats.mode & 0o7777;
  if (!stats.isDirectory() || (mode & 0o200) !== 0 || stats.uid !== process.geteuid?.()) return false;
  await chmod(from, mode | 0o200);
  try {
    await moveOnce(from, to);
  } catch (error) {
    await chmod(from, mode);
    throw error;
  }
  await chmod(to, mode);
  return true;
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function unlessMissing(error: unknown): undefined {
  if (errnoOf(error) !== "ENOENT") throw error;
}
