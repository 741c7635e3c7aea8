/** A store that takes each chunk only when a test allows it. */
import { MemoryStore } from "../../src/stores/memory/memory-store.ts";
import type { PutOptions, StoredObject } from "../../src/ports/store.ts";

export class PacedStore extends MemoryStore {
  /** How many more chunks it takes. */
  #allowed = 0;
  #wake: () => void = () => undefined;

  allow(chunks: number): void {
    this.#allowed += chunks;
    this.#wake();
  }

  override put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<StoredObject> {
    return super.put(key, this.#paced(body), options);
  }

  async *#paced(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body) {
      while (this.#allowed <= 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#allowed--;
      yield chunk;
    }
  }
}
