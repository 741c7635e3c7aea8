/** Gives something its place although somebody else keeps making things there: theirs are moved aside and kept. */
import { mkdir, mkdtemp } from "node:fs/promises";

import { errnoOf, unlessMissing, type Moves } from "./moves.ts";

/** Who makes it again each time it is moved aside must be stopped by somebody else. */
const PATIENCE = 5;

/** `meanwhile` is the directory that takes what was in the way; it is made only then. */
export async function place(moves: Moves, from: Buffer, to: Buffer, meanwhile: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await moves.move(from, to);
    } catch (error) {
      if (attempt > PATIENCE || !isCollision(error)) throw error;
      await moveAside(moves, to, meanwhile);
    }
  }
}

async function moveAside(moves: Moves, path: Buffer, meanwhile: string): Promise<void> {
  await mkdir(meanwhile, { recursive: true, mode: 0o700 });
  // A directory for each, because the same name may be in the way again.
  const kept = await mkdtemp(`${meanwhile}/`);
  const name = path.subarray(path.lastIndexOf("/") + 1);
  await moves.move(path, within(kept, name)).catch(unlessMissing);
}

function isCollision(error: unknown): boolean {
  const code = errnoOf(error);
  return code === "EEXIST" || code === "ENOTEMPTY";
}

export function within(directory: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), name]);
}
