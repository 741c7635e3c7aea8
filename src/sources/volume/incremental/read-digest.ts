/** The digest of an open file, read without moving its position and without archiving it. */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";

import { updateWithZeros } from "../../../archive/zeros.ts";
import { FileContent } from "../file-content.ts";
import type { HoleSeeker } from "../hole-seeker.ts";
import type { TreeFs } from "../tree-fs.ts";

const CHUNK = 1024 * 1024;
let chunk: Buffer | undefined;

/** Lowercase hex SHA-256 of its first `stats.size` bytes; undefined when the file is being changed. */
export function readDigest(
  fs: TreeFs,
  { fd, stats, holes }: { fd: number; stats: BigIntStats; holes?: HoleSeeker | undefined },
): string | undefined {
  chunk ??= Buffer.allocUnsafeSlow(CHUNK);
  const file = new FileContent(fs, { fd, stats, holes });
  const digest = createHash("sha256");
  for (let left = Number(stats.size); left > 0;) {
    const zeros = Math.min(file.hole(), left);
    updateWithZeros(digest, zeros);
    file.skip(zeros);
    const count = left === zeros ? 0 : file.read(chunk.subarray(0, Math.min(CHUNK, left - zeros)));
    if (zeros + count === 0) return undefined;
    digest.update(chunk.subarray(0, count));
    left -= zeros + count;
  }
  return sameMoment(stats, fs.fstatSync(fd, { bigint: true })) ? digest.digest("hex") : undefined;
}

/** Nothing was written, renamed or given other metadata in between. */
export function sameMoment(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
