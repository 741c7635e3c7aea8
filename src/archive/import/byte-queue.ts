/** Bytes that come in chunks, taken in pieces of the size that their reader needs. */

export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #current: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `limit` of them, without a copy; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    while (this.#current.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#current = asBuffer(next.value);
    }
    const bytes = this.#current.subarray(0, limit);
    this.#current = this.#current.subarray(bytes.length);
    return bytes;
  }

  /** Exactly so many bytes, or the fewer that are left. Only for lengths that may be held in memory. */
  async upTo(length: number): Promise<Buffer> {
    if (this.#current.length >= length) {
      const bytes = this.#current.subarray(0, length);
      this.#current = this.#current.subarray(length);
      return bytes;
    }
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0;) {
      const part = await this.some(missing);
      if (part === undefined) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Leaves bytes out; false when it ends before. */
  async skip(length: number): Promise<boolean> {
    for (let missing = length; missing > 0;) {
      const part = await this.some(missing);
      if (part === undefined) return false;
      missing -= part.length;
    }
    return true;
  }

  /** Everything that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let part = await this.some(Infinity); part !== undefined; part = await this.some(Infinity))
      yield part;
  }

  /** Puts bytes back in front. */
  unread(bytes: Buffer): void {
    this.#current = Buffer.concat([bytes, this.#current]);
  }

  /** Ends whatever the bytes come from. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
