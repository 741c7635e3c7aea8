/**
 * A fixed set of slabs in memory that two threads share: the packing worker fills them, the main thread compresses
 * and writes them, and a slab is free again only when its frame was accepted. That is the whole backpressure.
 */
import { SLAB_BYTES } from "./frame.ts";

const FREE = 0;
const TAKEN = 1;

/** What crosses to the other thread. */
export interface SharedSlabs {
  memory: SharedArrayBuffer;
  /** One state a slab, and last a counter of releases to wait on. */
  states: SharedArrayBuffer;
}

export class SlabRing {
  readonly shared: SharedSlabs;
  readonly #states: Int32Array;
  readonly #count: number;

  constructor(shared: SharedSlabs) {
    this.shared = shared;
    this.#states = new Int32Array(shared.states);
    this.#count = this.#states.length - 1;
  }

  static create(count: number): SlabRing {
    return new SlabRing({
      memory: new SharedArrayBuffer(count * SLAB_BYTES),
      states: new SharedArrayBuffer((count + 1) * Int32Array.BYTES_PER_ELEMENT),
    });
  }

  slab(number: number): Buffer {
    return Buffer.from(this.shared.memory, number * SLAB_BYTES, SLAB_BYTES);
  }

  /** Takes a free slab, blocking the thread until there is one. Not for the main thread. */
  acquire(): number {
    for (;;) {
      const releases = Atomics.load(this.#states, this.#count);
      for (let number = 0; number < this.#count; number += 1) {
        if (Atomics.compareExchange(this.#states, number, FREE, TAKEN) === FREE) return number;
      }
      Atomics.wait(this.#states, this.#count, releases);
    }
  }

  release(number: number): void {
    Atomics.store(this.#states, number, FREE);
    Atomics.add(this.#states, this.#count, 1);
    Atomics.notify(this.#states, this.#count);
  }
}
