/**
 * Compresses and decompresses single zstd frames on the thread pool, in memory of the caller: nothing is allocated for a
 * frame, so nothing waits for the collector.
 */
export interface FrameCodec {
  /**
   * Writes the slab as one frame, with its size and a checksum, into `target`, which has room for `frameBound` of it, and
   * gives the frame's length. Neither may be touched until it is done.
   */
  compress(slab: Uint8Array, target: Uint8Array): Promise<number>;
  /**
   * Writes the frame's content into `target` and gives its length; rejects when it is longer than `target`, or damaged.
   * Neither may be touched until it is done.
   */
  decompress(frame: Uint8Array, target: Uint8Array): Promise<number>;
}

/** The most bytes that a frame of so much content can have, also when none of it can be compressed. */
export function frameBound(size: number): number {
  return size + (size >> 8) + 1024;
}
