/** Swaps the content of a directory that cannot be renamed itself: entry by entry, undone when one of them fails. */
import { lchownSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, rename } from "node:fs/promises";

import { createTimeSetter } from "./set-times.ts";

interface Swap {
  /** Holds the new content. */
  fresh: string;
  target: string;
  /** Where the old content goes; made here. */
  aside: string;
  /** Name of the entry of the target that stays where it is. */
  staging: string;
}

/** On an error the target holds what it held. */
export async function swapContents({ fresh, target, aside, staging }: Swap): Promise<void> {
  const wanted = await attributesOf(fresh);
  const original = await attributesOf(target);
  const undo: (() => Promise<void>)[] = [];
  const move = async (name: Buffer, from: string, to: string): Promise<void> => {
    await rename(within(from, name), within(to, name));
    undo.push(() => rename(within(to, name), within(from, name)));
  };
  await mkdir(aside, { mode: 0o700 });
  try {
    for (const name of await names(target)) if (name.toString() !== staging) await move(name, target, aside);
    for (const name of await names(fresh)) await move(name, fresh, target);
    await applyAttributes(target, wanted);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    await applyAttributes(target, original);
    throw error;
  }
}

interface Attributes {
  uid: number;
  gid: number;
  mode: number;
  mtimeNs: bigint;
}

async function attributesOf(path: string): Promise<Attributes> {
  const { uid, gid, mode, mtimeNs } = await lstat(path, { bigint: true });
  return { uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777, mtimeNs };
}

async function applyAttributes(path: string, { uid, gid, mode, mtimeNs }: Attributes): Promise<void> {
  if (process.geteuid?.() === 0) lchownSync(path, uid, gid);
  await chmod(path, mode);
  createTimeSetter().ofPath(Buffer.from(path).toString("latin1"), mtimeNs);
}

function names(directory: string): Promise<Buffer[]> {
  return readdir(directory, { encoding: "buffer" });
}

function within(directory: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), name]);
}
