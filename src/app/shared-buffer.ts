/** Memory for chunks that several take at their own pace: one copy of each, kept until the last of its holders has let it go. */
import { Buffer } from "node:buffer";

export interface SharedChunk<Holder> {
  readonly bytes: Uint8Array;
  /** Those who still have it. */
  readonly holders: ReadonlySet<Holder>;
  letGo(holder: Holder): void;
}

interface Entry<Holder> {
  offset: number;
  holders: Set<Holder>;
}

/** A ring: what was put first goes first, so that one who holds the oldest chunk keeps the room of all that came after it. */
export class SharedBuffer<Holder> {
  readonly #size: number;
  #memory: Buffer | undefined;
  readonly #entries: Entry<Holder>[] = [];
  #head = 0;

  /** In bytes. The memory is taken with the first chunk. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Undefined while there is no room. A chunk that is larger than the buffer never has any. */
  put(chunk: Uint8Array, holders: Iterable<Holder>): SharedChunk<Holder> | undefined {
    const offset = this.#offsetFor(chunk.byteLength);
    if (offset === undefined) return undefined;
    this.#memory ??= Buffer.allocUnsafeSlow(this.#size);
    this.#memory.set(chunk, offset);
    const entry = { offset, holders: new Set(holders) };
    this.#entries.push(entry);
    this.#head = offset + chunk.byteLength;
    return {
      bytes: this.#memory.subarray(offset, this.#head),
      holders: entry.holders,
      letGo: (holder) => {
        entry.holders.delete(holder);
        while (this.#entries[0]?.holders.size === 0) this.#entries.shift();
      },
    };
  }

  /** Those who keep the oldest chunk, and so everybody else from going on once the buffer is full. */
  get last(): ReadonlySet<Holder> {
    return this.#entries[0]?.holders ?? new Set();
  }

  /** What is in use begins at the oldest chunk and ends at the head, and may go round the end. */
  #offsetFor(length: number): number | undefined {
    const oldest = this.#entries[0]?.offset;
    if (oldest === undefined) return length <= this.#size ? 0 : undefined;
    if (this.#head <= oldest) return length <= oldest - this.#head ? this.#head : undefined;
    if (length <= this.#size - this.#head) return this.#head;
    return length <= oldest ? 0 : undefined;
  }
}
