/**
 * Memory for decoded frames on their way to the restoring thread: full slabs, nearly all there are, are shared with it and used
 * again when it gives them back; the others are handed over to it for good.
 */
import { SLAB_BYTES } from "../frame.ts";
import type { FrameMemory } from "../frame-memory.ts";

export class SharedSlabs implements FrameMemory {
  /** As many as were under way or held at the same time, which the queue and the plan bound. */
  readonly #slabs: Buffer[] = [];
  readonly #idle: Buffer[] = [];

  take(size: number): Buffer {
    if (size !== SLAB_BYTES) return Buffer.allocUnsafeSlow(size);
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const slab = Buffer.from(new SharedArrayBuffer(SLAB_BYTES));
    this.#slabs.push(slab);
    return slab;
  }

  /** Undefined for memory that is not shared. */
  numberOf(memory: Buffer): number | undefined {
    const number = this.#slabs.indexOf(memory);
    return number === -1 ? undefined : number;
  }

  giveBack(memory: Buffer): void {
    this.#idle.push(memory);
  }

  giveBackNumber(number: number): void {
    const slab = this.#slabs[number];
    if (slab !== undefined) this.giveBack(slab);
  }
}
