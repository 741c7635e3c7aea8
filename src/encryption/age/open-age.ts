/** Reads the content of an age file, or of any part of it, decrypting only the chunks that hold it. */
import type { SealedObject } from "../../ports/encryption.ts";
import type { ObjectReader } from "../../ports/object-reader.ts";
import { readHead } from "../read-head.ts";
import { notAsSealed } from "../sealed-error.ts";
import { CHUNK_BYTES, chunkCount, openChunk, payloadSize, SEALED_CHUNK_BYTES } from "./payload.ts";

type ReadOptions = NonNullable<Parameters<ObjectReader["read"]>[0]>;

/** Finds the key of the payload after a head; throws where there is none to find it with. */
export type OpenHead = (head: Buffer) => Promise<Buffer>;

export class AgeReader implements ObjectReader {
  readonly name: string;
  readonly size: number;
  readonly #stored: ObjectReader;
  readonly #about: SealedObject;
  readonly #openHead: OpenHead;
  readonly #headBytes: number;
  #key: Buffer | undefined;

  constructor(stored: ObjectReader, about: SealedObject, openHead: OpenHead) {
    const { size, contentSize = 0 } = about.object;
    this.name = stored.name;
    this.size = contentSize;
    this.#stored = stored;
    this.#about = about;
    this.#openHead = openHead;
    this.#headBytes = size - payloadSize(contentSize);
  }

  async *read({ signal, range }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const key = (this.#key ??= await this.#findKey(signal));
    const { offset, length } = range ?? { offset: 0, length: this.size };
    const end = Math.min(offset + length, this.size);
    if (offset >= end && range !== undefined) return;
    const count = chunkCount(this.size);
    const first = Math.floor(offset / CHUNK_BYTES);
    const last = Math.max(first, Math.ceil(end / CHUNK_BYTES) - 1);
    let number = first;
    for await (const sealed of this.#chunks(first, last, signal)) {
      const content = openChunk(key, sealed, { number, isLast: number === count - 1 });
      if (content === undefined) throw this.#altered(number, count);
      const start = number * CHUNK_BYTES;
      const wanted = content.subarray(Math.max(0, offset - start), end - start);
      if (wanted.length > 0) yield wanted;
      number += 1;
    }
    if (number <= last) throw notAsSealed(this.name, `it was cut within chunk ${number + 1} of ${count}`);
  }

  /** Whole chunks as they are stored, each good until the next. */
  async *#chunks(first: number, last: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
    const endOfPayload = payloadSize(this.size);
    const sizeOf = (number: number): number =>
      Math.min(SEALED_CHUNK_BYTES, endOfPayload - number * SEALED_CHUNK_BYTES);
    const offset = first * SEALED_CHUNK_BYTES;
    const length = last * SEALED_CHUNK_BYTES + sizeOf(last) - offset;
    const range = { offset: this.#headBytes + offset, length };
    const memory = Buffer.allocUnsafe(SEALED_CHUNK_BYTES);
    let number = first;
    let have = 0;
    for await (const bytes of this.#stored.read({ signal, range, transient: true })) {
      for (let used = 0; used < bytes.length && number <= last;) {
        const wanted = sizeOf(number);
        const part = bytes.subarray(used, used + wanted - have);
        used += part.length;
        const isWhole = part.length === wanted;
        if (!isWhole) memory.set(part, have);
        have += part.length;
        if (have < wanted) break;
        yield isWhole ? asBuffer(part) : memory.subarray(0, wanted);
        number += 1;
        have = 0;
      }
    }
  }

  async #findKey(signal: AbortSignal | undefined): Promise<Buffer> {
    return this.#openHead(await readHead(this.#stored, this.#about, { length: this.#headBytes, signal }));
  }

  #altered(number: number, count: number): Error {
    return notAsSealed(this.name, `chunk ${number + 1} of ${count} is not what was encrypted there`);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
