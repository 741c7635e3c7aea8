/**
 * One zstd frame: what a slab becomes. Decoders stop after the first frame of a buffer and some tell nobody, so each
 * frame is decoded by itself and its length is checked.
 */
import { zstdDecompressSync } from "node:zlib";

import type { FrameCodec } from "./codec/frame-codec.ts";
import { frameCodec } from "./codec/choose-codec.ts";

/** Bytes of a full slab, before compression. */
export const SLAB_BYTES = 4 * 1024 * 1024;

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The frame's content, in a buffer of its own; rejects when it is not exactly `size` bytes with the right checksum. */
export async function decompressFrame(frame: Uint8Array, size: number): Promise<Buffer> {
  // Before there is memory for what a damaged seek table says.
  assertHeader(frame, size);
  const content = Buffer.allocUnsafeSlow(size);
  await decompressFrameInto(frame, content);
  return content;
}

/**
 * Fills `content` with the frame's; rejects when the frame does not hold exactly so many bytes with the right checksum. The
 * memory may not be touched until it is done.
 */
export async function decompressFrameInto(
  frame: Uint8Array,
  content: Uint8Array,
  codec: FrameCodec = frameCodec(),
): Promise<void> {
  assertHeader(frame, content.length);
  const length = await codec.decompress(frame, content);
  if (length !== content.length) throw new Error(`it holds ${length} bytes, not ${content.length}`);
}

/** As decompressFrame, blocking the thread; throws. */
export function decompressFrameSync(frame: Uint8Array, size: number): Buffer {
  assertHeader(frame, size);
  const content = zstdDecompressSync(frame, { chunkSize: Math.max(size, 64), maxOutputLength: size || 1 });
  if (content.length !== size) throw new Error(`it holds ${content.length} bytes, not ${size}`);
  return content;
}

function assertHeader(frame: Uint8Array, size: number): void {
  const header = frameHeader(size);
  if (!header.equals(frame.subarray(0, header.length))) throw new Error("its header does not fit its length");
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
