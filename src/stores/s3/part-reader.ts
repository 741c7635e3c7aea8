/** Cuts a body of chunks of any size into parts that are whole in memory, so that each can be sent again. */

/** A body that ends soon takes no more memory than about twice its size. */
const FIRST_BYTES = 64 * 1024;

export interface Part {
  bytes: Uint8Array;
  /** Nothing follows. */
  isLast: boolean;
}

export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #spare: Buffer[] = [];

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, or what is left of the body. */
  async next(size: number): Promise<Part> {
    let memory = this.#takeSpare(size) ?? Buffer.allocUnsafeSlow(Math.min(size, FIRST_BYTES));
    let used = 0;
    while (used < size) {
      if (this.#chunk.byteLength === 0 && !(await this.#readChunk())) {
        return { bytes: memory.subarray(0, used), isLast: true };
      }
      const taken = this.#chunk.subarray(0, size - used);
      memory = withRoom(memory, used + taken.byteLength, size);
      memory.set(taken, used);
      used += taken.byteLength;
      this.#chunk = this.#chunk.subarray(taken.byteLength);
    }
    return { bytes: memory.subarray(0, used), isLast: false };
  }

  /** Gives the memory of a part back, to be used for one of the next. */
  release({ bytes }: Part): void {
    this.#spare.push(Buffer.from(bytes.buffer));
  }

  /** Tells the body that nobody reads on. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #readChunk(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#chunk = next.value;
    return true;
  }

  #takeSpare(size: number): Buffer | undefined {
    // Of a part that was the first, and short of memory.
    this.#spare = this.#spare.filter(({ byteLength }) => byteLength >= size);
    return this.#spare.pop();
  }
}

function withRoom(memory: Buffer, needed: number, limit: number): Buffer {
  if (memory.byteLength >= needed) return memory;
  const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, memory.byteLength * 4), limit));
  larger.set(memory);
  return larger;
}
