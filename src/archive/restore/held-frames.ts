/**
 * Which decoded frames are at hand while a plan is carried out: the last one of each archive, because the next entry often
 * goes on in it, but not of so many archives that a long chain would fill the memory.
 */
import type { FramedObject } from "../framed-object.ts";
import { SLAB_BYTES } from "../frame.ts";
import { roomFor } from "./shared-memory.ts";

/** Bytes rather than archives: those of short intervals are small, and each is asked again and again. */
export const MOST_HELD_BYTES = 8 * SLAB_BYTES;

export class HeldFrames {
  /** In the order of their last use. */
  readonly #frames = new Map<FramedObject, { number: number; room: number }>();
  #bytes = 0;

  has(object: FramedObject, number: number): boolean {
    return this.#frames.get(object)?.number === number;
  }

  /** In place of the archive's frame before. Returns the archives whose frames have to go for it. */
  hold(object: FramedObject, number: number): FramedObject[] {
    this.#drop(object);
    const room = roomFor(object.frame(number).size);
    this.#frames.set(object, { number, room });
    this.#bytes += room;
    const dropped: FramedObject[] = [];
    for (const [oldest] of this.#frames) {
      if (this.#bytes <= MOST_HELD_BYTES || oldest === object) break;
      this.#drop(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }

  #drop(object: FramedObject): void {
    this.#bytes -= this.#frames.get(object)?.room ?? 0;
    this.#frames.delete(object);
  }
}
