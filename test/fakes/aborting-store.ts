/** A store that cancels a run at its n-th operation, each chunk that it gives being one, and counts what is read after that. */
import type { GetOptions, PutOptions, Store } from "../../src/ports/store.ts";

export class AbortingStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly inner: Store;
  operations = 0;
  /** Chunks, listed objects and looks at objects, other than locks. */
  furtherReads = 0;
  readonly #at: number;
  readonly #abort = new AbortController();

  constructor(inner: Store, at: number) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.inner = inner;
    this.#at = at;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async *get(key: string, options?: GetOptions): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.inner.get(key, options)) {
      this.#count(key);
      yield chunk;
    }
  }

  async *list(prefix: string, options?: { signal?: AbortSignal | undefined }) {
    for await (const object of this.inner.list(prefix, options)) {
      this.#count(object.key);
      yield object;
    }
  }

  stat(key: string, options?: { signal?: AbortSignal | undefined }) {
    this.#count(key);
    return this.inner.stat(key, options);
  }

  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions) {
    this.#count(key);
    return this.inner.put(key, body, options);
  }

  delete(key: string, options?: { signal?: AbortSignal | undefined }) {
    return this.inner.delete(key, options);
  }

  removeLeftovers(prefix: string, options?: { signal?: AbortSignal | undefined }) {
    return this.inner.removeLeftovers(prefix, options);
  }

  space() {
    return this.inner.space();
  }

  #count(key: string): void {
    this.operations++;
    if (this.signal.aborted && !key.includes("/.locks/")) this.furtherReads++;
    if (this.operations === this.#at) this.#abort.abort();
  }
}
