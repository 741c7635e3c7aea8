/** Encrypts one object to an age file, while its content comes by. */
import { hash } from "node:crypto";

import type { SealedFacts, SealedSink } from "../../ports/encryption.ts";
import type { ByteSink } from "../../ports/source.ts";
import type { Head } from "./head.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, sealChunk } from "./payload.ts";

/** Sealed before they are written, in one piece. */
const CHUNKS_AT_ONCE = 16;

export class AgeSink implements SealedSink {
  readonly #sink: ByteSink;
  readonly #makeHead: () => Promise<Head>;
  #head: Head | undefined;
  /** What may turn out to be the last chunk: it is sealed only when something follows, or nothing does. */
  readonly #held = Buffer.allocUnsafe(CHUNK_BYTES);
  #heldBytes = 0;
  readonly #sealed = Buffer.allocUnsafe(CHUNKS_AT_ONCE * SEALED_CHUNK_BYTES);
  #sealedBytes = 0;
  #chunks = 0;
  #contentSize = 0;

  constructor(sink: ByteSink, makeHead: () => Promise<Head>) {
    this.#sink = sink;
    this.#makeHead = makeHead;
  }

  async write(content: Uint8Array): Promise<void> {
    const { key } = await this.#begun();
    this.#contentSize += content.length;
    for (let at = 0; at < content.length;) {
      if (this.#heldBytes === CHUNK_BYTES) await this.#sealHeld(key, false);
      if (this.#heldBytes === 0 && content.length - at > CHUNK_BYTES) {
        await this.#seal(key, content.subarray(at, (at += CHUNK_BYTES)), false);
        continue;
      }
      const part = content.subarray(at, at + CHUNK_BYTES - this.#heldBytes);
      this.#held.set(part, this.#heldBytes);
      this.#heldBytes += part.length;
      at += part.length;
    }
    await this.#flush();
  }

  async finish(): Promise<SealedFacts> {
    const { key, bytes } = await this.#begun();
    await this.#sealHeld(key, true);
    await this.#flush();
    return { contentSize: this.#contentSize, headSha256: hash("sha256", bytes) };
  }

  async #begun(): Promise<Head> {
    if (this.#head === undefined) {
      this.#head = await this.#makeHead();
      await this.#sink.write(this.#head.bytes);
    }
    return this.#head;
  }

  async #sealHeld(key: Buffer, isLast: boolean): Promise<void> {
    await this.#seal(key, this.#held.subarray(0, this.#heldBytes), isLast);
    this.#heldBytes = 0;
  }

  async #seal(key: Buffer, content: Uint8Array, isLast: boolean): Promise<void> {
    const place = { number: this.#chunks++, isLast };
    this.#sealedBytes += sealChunk(key, content, place, this.#sealed.subarray(this.#sealedBytes));
    if (this.#sealed.length - this.#sealedBytes < SEALED_CHUNK_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#sealedBytes === 0) return;
    await this.#sink.write(this.#sealed.subarray(0, this.#sealedBytes));
    this.#sealedBytes = 0;
  }
}
