/**
 * A bounded queue of chunks between one writer and one reader, with backpressure and failure in both directions: what joins a
 * source that pushes to a store that pulls.
 */
export class Channel implements AsyncIterable<Uint8Array> {
  readonly #limit: number;
  readonly #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** `limit`: queued bytes from which on writes wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves once the queue has room again; at once when the reader has gone. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#closed || this.#failure !== undefined) return;
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    this.#wakeReader?.();
    while (this.#queuedBytes >= this.#limit && !this.#closed && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    }
  }

  /** No more chunks: the reader ends after those that are queued. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** The reader gets this error instead of further chunks, so that it cannot take the object for whole. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#chunks.length = 0;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** The reader is gone: writes resolve at once and are dropped. */
  close(): void {
    this.#closed = true;
    this.#chunks.length = 0;
    this.#wakeWriter?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#queuedBytes -= chunk.byteLength;
          this.#wakeWriter?.();
          yield chunk;
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
