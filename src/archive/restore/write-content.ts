/** Writes one file's bytes from decoded frames. */
import { ftruncateSync, writeSync } from "node:fs";

import type { ContentEntry } from "../index-entry.ts";
import { ContentDigest } from "./content-digest.ts";

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

/**
 * Files were checked before their frames came here (content-check.ts). Throws `damaged` when what was thought to be a hardlink
 * only is not what was archived.
 */
export function writeContent(fd: number, entry: ContentEntry, frames: FrameSupply): void {
  const { offset, point } = entry.data;
  const end = offset + entry.size;
  const digest = entry.type === "file" ? undefined : new ContentDigest(entry);
  let endsInHole = false;
  for (let position = offset; position < end;) {
    const { start, content } = frames.holding(point, position);
    const bytes = content.subarray(position - start, end - start);
    digest?.add(bytes);
    endsInHole = writeWithHoles(fd, bytes, position - offset);
    position += bytes.length;
  }
  if (endsInHole) ftruncateSync(fd, entry.size);
  digest?.check();
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
