/** Owner, mode, time and extended attributes of a directory that stays while its content is replaced. */
import { lchownSync } from "node:fs";
import { chmod, lstat } from "node:fs/promises";

import { readXattrs, replaceXattrs } from "../xattrs/replace-xattrs.ts";
import { errnoOf } from "./moves.ts";
import { createTimeSetter } from "./set-times.ts";

export interface Attributes {
  uid: number;
  gid: number;
  mode: number;
  mtimeNs: bigint;
  xattrs: ReadonlyMap<string, Buffer>;
}

export async function attributesOf(path: string): Promise<Attributes> {
  const { uid, gid, mode, mtimeNs } = await lstat(path, { bigint: true });
  const xattrs = readXattrs(bytesOf(path));
  return { uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777, mtimeNs, xattrs };
}

/** Gives a warning where this user may not: who may write in a directory need not own it. */
export async function applyAttributes(path: string, attributes: Attributes): Promise<string[]> {
  const { uid, gid, mode, mtimeNs, xattrs } = attributes;
  try {
    if (process.geteuid?.() === 0) lchownSync(path, uid, gid);
    await chmod(path, mode);
    // After the mode, which changes ACLs.
    replaceXattrs(bytesOf(path), xattrs);
    setTime(path, mtimeNs);
    return [];
  } catch (error) {
    if (errnoOf(error) !== "EPERM") throw error;
    return [`mode and time of ${path} itself were not restored, because another user owns it`];
  }
}

export function setTime(path: string, mtimeNs: bigint): void {
  createTimeSetter().ofPath(bytesOf(path), mtimeNs);
}

function bytesOf(path: string): string {
  return Buffer.from(path).toString("latin1");
}
