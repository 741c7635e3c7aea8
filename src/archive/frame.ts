/**
 * One zstd frame: what a slab becomes. Node's decoder stops after the first frame of a buffer and tells nobody, so
 * each frame is decoded by itself and its length is checked.
 */
import { constants, zstdCompress, zstdDecompress } from "node:zlib";

import { looksIncompressible } from "./compressibility.ts";

/** Bytes of a full slab, before compression. */
export const SLAB_BYTES = 4 * 1024 * 1024;

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A window as large as a slab: frames are single-segment, and their header is a function of their length. */
const WINDOW_LOG = 22;
const LEVEL = 3;
/** For data that is compressed already: level 3 would take twice the time to gain nothing. */
const FAST_LEVEL = -1;
/** What zstd may add to data that it cannot shrink, with room to spare. */
const GROWTH = 64 * 1024;

/** The slab as one frame with content size and checksum. The slab may not change until it is done. */
export function compressFrame(slab: Uint8Array): Promise<Buffer> {
  const level = looksIncompressible(slab) ? FAST_LEVEL : LEVEL;
  const options = {
    // One output buffer that always suffices makes the frame one task of the thread pool.
    chunkSize: slab.length + GROWTH,
    pledgedSrcSize: slab.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  };
  return new Promise((resolve, reject) => {
    zstdCompress(slab, options, (error, frame) => (error ? reject(error) : resolve(frame)));
  });
}

/** The frame's content, in a buffer of its own; rejects when it is not exactly `size` bytes with the right checksum. */
export function decompressFrame(frame: Uint8Array, size: number): Promise<Buffer> {
  const header = frameHeader(size);
  if (!header.equals(frame.subarray(0, header.length))) {
    return Promise.reject(new Error("its header does not fit its length"));
  }
  return new Promise((resolve, reject) => {
    const options = { chunkSize: Math.max(size, 64), maxOutputLength: Math.max(size, 1) };
    zstdDecompress(frame, options, (error, content) => {
      if (error) reject(error);
      else if (content.length !== size) reject(new Error(`it holds ${content.length} bytes, not ${size}`));
      else resolve(content);
    });
  });
}

/**
 * The header every frame of ours of that length has. Comparing it finds damage in bits that decoders ignore.
 */
function frameHeader(size: number): Buffer {
  if (size < 256) return Buffer.from([...MAGIC, 0x24, size]);
  const header = Buffer.alloc(size < 65_792 ? 7 : 9);
  MAGIC.copy(header);
  header[4] = size < 65_792 ? 0x64 : 0xa4;
  if (size < 65_792) header.writeUInt16LE(size - 256, 5);
  else header.writeUInt32LE(size, 5);
  return header;
}
