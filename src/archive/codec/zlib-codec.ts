/** The codec for a Node whose zstd cannot be called directly: correct, but with a fresh state and buffers for each frame. */
import { zstdCompress, zstdDecompress } from "node:zlib";

import { EFFORT } from "./effort.ts";
import { frameBound, type FrameCodec } from "./frame-codec.ts";

export const zlibCodec: FrameCodec = {
  compress(slab, target) {
    const options = {
      // One output buffer that always suffices makes the frame one task of the thread pool.
      chunkSize: Math.max(frameBound(slab.length), 64),
      pledgedSrcSize: slab.length,
      params: Object.fromEntries(EFFORT),
    };
    return new Promise((resolve, reject) => {
      zstdCompress(slab, options, (error, frame) => {
        if (error) reject(error);
        else if (frame.length > target.length) reject(new Error("the frame is longer than the room for it"));
        else resolve(frame.copy(target));
      });
    });
  },

  decompress(frame, target) {
    const options = { chunkSize: Math.max(target.length, 64), maxOutputLength: Math.max(target.length, 1) };
    return new Promise((resolve, reject) => {
      zstdDecompress(frame, options, (error, content) => {
        if (error) reject(error);
        else if (content.length > target.length) reject(new Error("it holds more than its length says"));
        else resolve(content.copy(target));
      });
    });
  },
};
