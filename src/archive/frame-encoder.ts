/**
 * Turns slabs into frames, a few at a time, in memory that is kept from frame to frame. Every frame is decoded again and
 * compared with its slab before anyone sees it: what a faulty encoder or memory made of the data never reaches a store.
 */
import { availableParallelism } from "node:os";

import { HoldfastError, messageOf } from "../domain/errors.ts";
import { frameCodec } from "./codec/choose-codec.ts";
import { frameBound, type FrameCodec } from "./codec/frame-codec.ts";
import { decompressFrameInto, SLAB_BYTES } from "./frame.ts";
import { Lent } from "./lent.ts";
import { isAllZeros } from "./zeros.ts";

/** More frames at a time than there are cores would only take more memory. */
export const FRAMES_AT_A_TIME = Math.min(availableParallelism(), 4);

export interface EncodedFrame {
  bytes: Uint8Array;
  /** The memory of `bytes` is used again from here on. */
  release(): void;
}

export class FrameEncoder {
  readonly #codec: FrameCodec;
  /** One more than are encoded at a time, so that a frame can be written meanwhile. */
  readonly #frames = new Lent(FRAMES_AT_A_TIME + 1, () => Buffer.allocUnsafeSlow(frameBound(SLAB_BYTES)));
  readonly #contents = new Lent(FRAMES_AT_A_TIME, () => Buffer.allocUnsafeSlow(SLAB_BYTES));

  /** The frame of a whole slab of zeros, which a sparse file has thousands of. */
  #zeros: Uint8Array | undefined;

  constructor(codec: FrameCodec = frameCodec()) {
    this.#codec = codec;
  }

  /** The slab may not change until it is done. Frames are begun in the order of the calls. */
  async encode(slab: Uint8Array): Promise<EncodedFrame> {
    if (slab.length !== SLAB_BYTES || !isAllZeros(slab)) return this.#encode(slab);
    this.#zeros ??= await this.#copyOf(slab);
    return { bytes: this.#zeros, release: () => undefined };
  }

  async #copyOf(slab: Uint8Array): Promise<Uint8Array> {
    const encoded = await this.#encode(slab);
    const copy = Uint8Array.from(encoded.bytes);
    encoded.release();
    return copy;
  }

  async #encode(slab: Uint8Array): Promise<EncodedFrame> {
    const memory = await this.#frames.take();
    const content = await this.#contents.take();
    const release = (): void => this.#frames.giveBack(memory);
    try {
      const bytes = memory.subarray(0, await this.#codec.compress(slab, memory));
      await this.#prove(bytes, slab, content.subarray(0, slab.length));
      return { bytes, release };
    } catch (error) {
      release();
      throw error instanceof HoldfastError ? error : unproven(messageOf(error), error);
    } finally {
      this.#contents.giveBack(content);
    }
  }

  async #prove(frame: Uint8Array, slab: Uint8Array, content: Buffer): Promise<void> {
    await decompressFrameInto(frame, content, this.#codec);
    if (!content.equals(slab)) throw unproven("a compressed frame does not hold what was read");
  }
}

function unproven(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError("damaged", {
    what: "Compressing the data",
    why: `${why}, so nothing was committed`,
    next: "check this machine's memory and disk, and run the backup again",
    cause,
  });
}
