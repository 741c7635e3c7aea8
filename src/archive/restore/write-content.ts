/** Writes one file's bytes from decoded frames and checks their digest. */
import { createHash, hash } from "node:crypto";
import { ftruncateSync, writeSync } from "node:fs";

import { HoldfastError } from "../../domain/errors.ts";
import type { ContentEntry } from "../index-entry.ts";

/** A decoded frame and where its content starts in the tar. */
export interface FrameContent {
  start: number;
  content: Uint8Array;
}

export interface FrameSupply {
  /** The frame of the point's archive that holds the position; may block until it is there. */
  holding(point: string | undefined, position: number): FrameContent;
}

/** Runs of zeros of this many bytes become holes. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);

/** Throws `damaged` when the content is not what was archived. */
export function writeContent(fd: number, entry: ContentEntry, frames: FrameSupply): void {
  const { offset, point } = entry.data;
  const end = offset + entry.size;
  let digest: ReturnType<typeof createHash> | undefined;
  let whole: string | undefined;
  let endsInHole = false;
  for (let position = offset; position < end;) {
    const { start, content } = frames.holding(point, position);
    const bytes = content.subarray(position - start, Math.min(content.length, end - start));
    if (bytes.length === entry.size) whole = hash("sha256", bytes);
    else (digest ??= createHash("sha256")).update(bytes);
    endsInHole = writeWithHoles(fd, bytes, position - offset);
    position += bytes.length;
  }
  if (endsInHole) ftruncateSync(fd, entry.size);
  const sha256 = whole ?? (digest ?? createHash("sha256")).digest("hex");
  if (sha256 !== entry.sha256) throw mismatch(entry);
}

/** True when the last bytes were left out, so that the file still has to be given its length. */
export function writeWithHoles(fd: number, bytes: Uint8Array, position: number): boolean {
  if (bytes.length < HOLE_BYTES) {
    writeFully(fd, bytes, position);
    return false;
  }
  let written = 0;
  let at = 0;
  while (at < bytes.length) {
    const part = bytes.subarray(at, at + HOLE_BYTES);
    if (isHole(part)) {
      writeFully(fd, bytes.subarray(written, at), position + written);
      written = at + part.length;
    }
    at += part.length;
  }
  writeFully(fd, bytes.subarray(written), position + written);
  return written === bytes.length;
}

function isHole(part: Uint8Array): boolean {
  return part[0] === 0 && part.length === HOLE_BYTES && ZEROS.equals(part);
}

function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

function mismatch(entry: ContentEntry): HoldfastError {
  return new HoldfastError("damaged", {
    what: `Restoring ${entry.path}`,
    why: "its content does not match the digest taken when it was backed up",
    next: "verify the job's recovery points and restore from an undamaged one",
  });
}
