/** The digest of an open file, read without moving its position and without archiving it. */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";

import type { TreeFs } from "../tree-fs.ts";

const CHUNK = 1024 * 1024;
let chunk: Buffer | undefined;

/** Lowercase hex SHA-256 of its first `stats.size` bytes; undefined when the file is being changed. */
export function readDigest(fs: TreeFs, fd: number, stats: BigIntStats): string | undefined {
  chunk ??= Buffer.allocUnsafeSlow(CHUNK);
  const size = Number(stats.size);
  const digest = createHash("sha256");
  for (let position = 0; position < size;) {
    const count = fs.readSync(fd, chunk, 0, Math.min(CHUNK, size - position), position);
    if (count === 0) return undefined;
    digest.update(chunk.subarray(0, count));
    position += count;
  }
  return sameMoment(stats, fs.fstatSync(fd, { bigint: true })) ? digest.digest("hex") : undefined;
}

/** Nothing was written, renamed or given other metadata in between. */
export function sameMoment(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
