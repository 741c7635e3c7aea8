/** Framed objects that no Holdfast writes: any number of frames, and a seek table that says what one likes. */
import { zstdCompressSync } from "node:zlib";

import { checksumOf, encodeSeekTable, type FrameSize } from "../../src/archive/seek-table.ts";
import { framesOf } from "./crafted-point.ts";
import { framed } from "./memory-object.ts";

export interface RepeatedFrame {
  content: Buffer;
  times?: number;
}

/** As many bytes as it takes, all of them in memory only once. */
export async function objectOf(...parts: RepeatedFrame[]): Promise<Buffer> {
  const frames: Buffer[] = [];
  const sizes: FrameSize[] = [];
  for (const { content, times = 1 } of parts) {
    const [frame = Buffer.alloc(0)] = framesOf(await framed(content, content.length)).frames;
    const size = { compressed: frame.length, decoded: content.length, checksum: checksumOf(frame) };
    for (let i = 0; i < times; i += 1) {
      frames.push(frame);
      sizes.push(size);
    }
  }
  return Buffer.concat([...frames, encodeSeekTable(sizes)]);
}

/** One frame whose table says that it holds `decoded` bytes. */
export function lyingObject(content: Buffer, decoded: number): Buffer {
  const frame = zstdCompressSync(content);
  return Buffer.concat([frame, encodeSeekTable([{ compressed: frame.length, decoded, checksum: 0 }])]);
}
