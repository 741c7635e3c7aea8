import { expect, it } from "vitest";

import { framed } from "../../test/fakes/memory-object.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { decodeFrames, decodePassing } from "./decode-frames.ts";
import { FramedObject } from "./framed-object.ts";

const FRAME_BYTES = 100_000;
const CONTENT = Buffer.from(Array.from({ length: 1_234_567 }, (_, i) => (i * i) % 251));

/** Hands transient chunks out in one piece of memory, which is overwritten as soon as the next one is asked for. */
function overwriting(bytes: Buffer, chunkBytes: number): ObjectReader {
  return {
    name: "object",
    size: bytes.length,
    async *read({ range = { offset: 0, length: bytes.length }, transient = false } = {}) {
      const end = range.offset + range.length;
      for (let at = range.offset; at < end; at += chunkBytes) {
        const chunk = Buffer.from(bytes.subarray(at, Math.min(at + chunkBytes, end)));
        yield chunk;
        if (transient) chunk.fill(0xff);
      }
    },
  };
}

it.each([1, 999, 77_777, 10_000_000])(
  "frames come whole from a store that reuses chunks of %i bytes",
  async (chunkBytes) => {
    const stored = await framed(CONTENT, FRAME_BYTES);
    const object = await FramedObject.open(overwriting(stored, chunkBytes));
    const all = [{ object, first: 0, last: object.frameCount - 1 }];

    const kept = await Array.fromAsync(decodeFrames(all));
    expect(Buffer.concat(kept.map(({ content }) => content)).equals(CONTENT)).toBe(true);

    let position = 0;
    const memory = new Set<ArrayBufferLike>();
    for await (const { start, content } of decodePassing(all)) {
      expect(start).toBe(position);
      expect(content.equals(CONTENT.subarray(start, start + content.length))).toBe(true);
      position += content.length;
      memory.add(content.buffer);
    }
    expect(position).toBe(CONTENT.length);
    expect(memory.size).toBeLessThan(object.frameCount);
  },
);
