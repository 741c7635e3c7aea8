/** Long runs of zeros: what holes read as, recognised and hashed without being read. */
import type { Hash } from "node:crypto";

/** As much as fits the processor's cache. */
const ZEROS = Buffer.alloc(256 * 1024);

/** Ends at the first other byte, so that asking costs nothing where there is data. */
export function isAllZeros(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0) return false;
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

/** The digest is over content, and a hole's content is zeros: all of them count. */
export function updateWithZeros(digest: Hash, count: number): void {
  for (let left = count; left > 0; left -= ZEROS.length)
    digest.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
}
