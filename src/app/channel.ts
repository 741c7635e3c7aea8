/**
 * Hands chunks over from one writer to one reader, with backpressure and failure in both directions: what joins a source that
 * pushes to a store that pulls. It queues nothing, so that a chunk's memory is the writer's again after each write.
 */
export class Channel implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Resolves once the reader is done with the chunk and asks for the next; at once when the reader has gone. One at a time. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#closed || this.#failure !== undefined) return;
    this.#chunk = chunk;
    const done = new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    this.#wakeReader?.();
    await done;
  }

  /** No more chunks. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** The reader gets this error instead of further chunks, so that it cannot take the object for whole. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#chunk = undefined;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** The reader is gone: writes resolve at once and are dropped. */
  close(): void {
    this.#closed = true;
    this.#chunk = undefined;
    this.#wakeWriter?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const chunk = this.#chunk;
        if (chunk !== undefined) {
          this.#chunk = undefined;
          yield chunk;
          this.#wakeWriter?.();
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wakeReader = resolve));
        }
      }
    } finally {
      this.close();
    }
  }
}
