/** A codec that goes wrong in one frame, as a defect of the encoder or of the memory would. */
import { frameCodec } from "../../src/archive/codec/choose-codec.ts";
import type { FrameCodec } from "../../src/archive/codec/frame-codec.ts";

/** `other-content`: a sound frame of something else. `flipped-bit`: the right frame with a bit of it turned. */
export type CodecFault = "other-content" | "flipped-bit" | "throws";

/** `frame` is counted from 0, in the order in which they are begun. */
export function faultyCodec(fault: CodecFault, frame: number): FrameCodec {
  const sound = frameCodec();
  let begun = 0;
  return {
    decompress: (...of) => sound.decompress(...of),
    compress: async (slab, target) => {
      begun += 1;
      if (begun - 1 !== frame) return sound.compress(slab, target);
      if (fault === "throws") throw new Error("the encoder gave up");
      const other = Uint8Array.from(slab);
      const middle = other.length >> 1;
      if (fault === "other-content") other[middle] = (other[middle] ?? 0) ^ 1;
      const length = await sound.compress(other, target);
      if (fault === "flipped-bit") target[length >> 1] = (target[length >> 1] ?? 0) ^ 16;
      return length;
    },
  };
}
