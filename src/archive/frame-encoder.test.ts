import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { faultyCodec } from "../../test/fakes/faulty-codec.ts";
import { frameCodec } from "./codec/choose-codec.ts";
import type { FrameCodec } from "./codec/frame-codec.ts";
import { FrameEncoder, FRAMES_AT_A_TIME } from "./frame-encoder.ts";
import { decompressFrame, SLAB_BYTES } from "./frame.ts";

describe("a frame encoder", () => {
  it("makes a frame of each slab, however many are asked for at a time", async () => {
    const encoder = new FrameEncoder();
    const slabs = Array.from({ length: 20 }, (_, at) => randomBytes(at * 10_007));
    const contents = await Promise.all(
      slabs.map(async (slab) => {
        const frame = await encoder.encode(slab);
        const stored = Buffer.from(frame.bytes);
        frame.release();
        return decompressFrame(stored, slab.length);
      }),
    );
    expect(Buffer.concat(contents).equals(Buffer.concat(slabs))).toBe(true);
  });

  it("compresses a whole slab of zeros once, and gives its frame for each", async () => {
    let compressed = 0;
    const codec = frameCodec();
    const counting: FrameCodec = {
      ...codec,
      compress: (...of) => ((compressed += 1), codec.compress(...of)),
    };
    const encoder = new FrameEncoder(counting);
    for (const last of [0, 0, 0, 1]) {
      const slab = Buffer.alloc(SLAB_BYTES);
      slab[SLAB_BYTES - 1] = last;
      const frame = await encoder.encode(slab);
      expect((await decompressFrame(Buffer.from(frame.bytes), SLAB_BYTES)).equals(slab)).toBe(true);
      frame.release();
    }
    expect(compressed).toBe(2);
  });

  it("begins no more frames than it has memory for, until one is given back", async () => {
    const encoder = new FrameEncoder();
    const slab = Buffer.from("a slab");
    const held = await Promise.all(Array.from({ length: FRAMES_AT_A_TIME + 1 }, () => encoder.encode(slab)));
    let more = false;
    const next = encoder.encode(slab).then(() => (more = true));
    const encoded = await new FrameEncoder().encode(slab);
    encoded.release();
    expect(more).toBe(false);
    held[0]?.release();
    await next;
    expect(new Set(held.map(({ bytes }) => bytes.buffer)).size).toBe(held.length);
  });

  it.each(["other-content", "flipped-bit", "throws"] as const)(
    "refuses a frame that does not decode to its slab: %s",
    async (fault) => {
      const encoder = new FrameEncoder(faultyCodec(fault, 1));
      const slab = Buffer.alloc(SLAB_BYTES, "of lines that compress well\n");
      const encoded = await Promise.allSettled([1, 2, 3].map(() => encoder.encode(slab)));
      expect(encoded.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(encoded[1]).toMatchObject({
        reason: { code: "damaged", message: expect.stringContaining("nothing was committed") as string },
      });
    },
  );
});
