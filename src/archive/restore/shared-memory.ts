/**
 * Memory for decoded frames, which the restoring thread shares: used again when that gives it back, because no collector frees
 * it soon. In few sizes, so that any of it serves nearly every frame.
 */
import { SLAB_BYTES } from "../frame.ts";
import type { FrameMemory } from "../frame-memory.ts";

/** The frames of short intervals are small, and many of them are held at a time. */
const SMALL_BYTES = SLAB_BYTES / 16;

/** What a frame of that size takes. */
export function roomFor(size: number): number {
  return size <= SMALL_BYTES ? SMALL_BYTES : Math.max(size, SLAB_BYTES);
}

export class SharedMemory implements FrameMemory {
  /** As many of each size as were under way or held at the same time, which the queue and the plan bound. */
  readonly #all: Buffer[] = [];
  readonly #idle: Buffer[] = [];

  take(size: number): Buffer {
    const room = roomFor(size);
    const at = this.#idle.findIndex(({ length }) => length === room);
    const [memory = this.#make(room)] = at === -1 ? [] : this.#idle.splice(at, 1);
    return memory.subarray(0, size);
  }

  giveBack(memory: Buffer): void {
    this.giveBackNumber(this.numberOf(memory));
  }

  /** Names what was taken to the other thread. */
  numberOf(memory: Buffer): number {
    return this.#all.findIndex(({ buffer }) => buffer === memory.buffer);
  }

  giveBackNumber(number: number): void {
    const memory = this.#all[number];
    if (memory !== undefined) this.#idle.push(memory);
  }

  #make(room: number): Buffer {
    const memory = Buffer.from(new SharedArrayBuffer(room));
    this.#all.push(memory);
    return memory;
  }
}
