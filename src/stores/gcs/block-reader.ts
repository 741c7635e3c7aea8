/** Gathers a stream of chunks of any size into blocks of one size, so that a part can be sent again when it was lost. */

export interface Block {
  /** Good until the block after the next one is asked for: there are two memories, used in turn. */
  bytes: Uint8Array;
  /** Of its first byte in the stream. */
  offset: number;
  /** Nothing comes after it. Only then it may be shorter than the others, and only alone it may be empty. */
  isLast: boolean;
}

/** Most objects are small: memory for a whole block is only taken when the first bytes do not suffice. */
const FIRST_BYTES = 64 * 1024;

export class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #blockBytes: number;
  #memories: [Buffer, Buffer];
  #offset = 0;
  /** What the last chunk held beyond the last block; ours until the next chunk is asked for. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(body: AsyncIterable<Uint8Array>, blockBytes: number) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#blockBytes = blockBytes;
    this.#memories = [Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, blockBytes)), Buffer.alloc(0)];
  }

  /** Errors of the stream pass through unchanged. Not to be called again after the last block. */
  async next(): Promise<Block> {
    let used = 0;
    let ended = false;
    while (used < this.#blockBytes && !ended) {
      ended = !(await this.#refill());
      used += this.#take(used);
    }
    // A full block is the last one only if nothing follows it.
    const isLast = ended || !(await this.#refill());
    const bytes = this.#memories[0].subarray(0, used);
    const block = { bytes, offset: this.#offset, isLast };
    this.#offset += used;
    this.#memories.reverse();
    return block;
  }

  /** Tells the producer that nobody asks for more. */
  async stop(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Moves what fits of the rest into the block, and says how much that was. */
  #take(used: number): number {
    const taken = this.#rest.subarray(0, this.#blockBytes - used);
    this.#reserve(used, used + taken.byteLength);
    this.#memories[0].set(taken, used);
    this.#rest = this.#rest.subarray(taken.byteLength);
    return taken.byteLength;
  }

  #reserve(used: number, needed: number): void {
    if (this.#memories[0].byteLength >= needed) return;
    const larger = Buffer.allocUnsafeSlow(needed <= FIRST_BYTES ? FIRST_BYTES : this.#blockBytes);
    larger.set(this.#memories[0].subarray(0, used));
    this.#memories[0] = larger;
  }

  /** False when there is nothing left. */
  async #refill(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}
