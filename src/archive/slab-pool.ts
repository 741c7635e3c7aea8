/**
 * Slabs for packing in the thread that also has them encoded. Packing is synchronous and cannot wait in the middle of a write: whoever
 * packs waits before each step until enough slabs are free for it. That is the whole backpressure.
 */
import type { FrameWriter } from "./frame-writer.ts";
import { SLAB_BYTES } from "./frame.ts";
import { FRAMES_AT_A_TIME } from "./frame-encoder.ts";
import type { SlabSupply } from "./slab-writer.ts";

export class SlabPool {
  readonly #free: Buffer[] = [];
  /** A step that writes less than a slab to each object ends at most one slab of each, and so begins at most one. */
  readonly #slabsAStep: number;
  #unmade: number;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** `objects`: how many are written side by side. One slab of each is being filled; beside a step's own, every core encodes one. */
  constructor(objects = 2) {
    this.#slabsAStep = objects;
    this.#unmade = objects + this.#slabsAStep + FRAMES_AT_A_TIME;
  }

  /** For an object of which the writer makes frames. */
  supplyFor(writer: FrameWriter, onWritten: () => void): SlabSupply {
    return {
      acquire: () => this.#take(),
      submit: (slab, length) => {
        const written = writer.add(slab.subarray(0, length), () => this.#giveBack(slab));
        written.then(onWritten, (error: unknown) => this.fail(error));
      },
    };
  }

  /** Resolves once a step may be written. Rejects with what a frame, or somebody else, failed with. */
  async step(): Promise<void> {
    while (this.#failure === undefined && this.#free.length + this.#unmade < this.#slabsAStep) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends it for whoever waits, now or later; the first reason counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #take(): Buffer {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#unmade === 0) throw new Error("a step of packing took more slabs than it may");
    this.#unmade -= 1;
    return Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  #giveBack(slab: Buffer): void {
    this.#free.push(slab);
    this.#wake();
  }
}
