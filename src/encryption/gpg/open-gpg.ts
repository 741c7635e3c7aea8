/**
 * Reads the content of an OpenPGP message of ours, or of any part of it: in CFB mode each block is decrypted by the one before it. No
 * part is authenticated by itself, as age's are: so an object is read once as a whole, against the digest at its end, before any of it
 * is given out; but for an archive, each file of which is compared with its SHA-256 in the index.
 */
import { createDecipheriv, createHash } from "node:crypto";

import { ARCHIVE_OBJECT, storedName } from "../../domain/recovery-point.ts";
import type { SealedObject } from "../../ports/encryption.ts";
import type { ObjectReader } from "../../ports/object-reader.ts";
import { readHead } from "../read-head.ts";
import { notAsSealed } from "../sealed-error.ts";
import {
  BLOCK_BYTES,
  CIPHER,
  DIGEST_BYTES,
  DIGEST_HEADER,
  LITERAL_HEADER,
  MessageLayout,
  NO_BLOCK,
  PREFIX_BYTES,
} from "./message.ts";

type ReadOptions = NonNullable<Parameters<ObjectReader["read"]>[0]>;

/** Finds keys that may be the session's; throws where there is nothing to find them with. `isRight` tells which of them is. */
export type OpenSession = (head: Buffer, isRight: (key: Buffer) => Promise<boolean>) => Promise<Buffer>;

export class GpgReader implements ObjectReader {
  readonly name: string;
  readonly size: number;
  readonly #stored: ObjectReader;
  readonly #about: SealedObject;
  readonly #openSession: OpenSession;
  readonly #layout: MessageLayout;
  readonly #headBytes: number;
  #key: Buffer | undefined;

  constructor(stored: ObjectReader, about: SealedObject, openSession: OpenSession) {
    const { size, contentSize = 0 } = about.object;
    this.name = stored.name;
    this.size = contentSize;
    this.#stored = stored;
    this.#about = about;
    this.#openSession = openSession;
    this.#layout = new MessageLayout(contentSize);
    this.#headBytes = size - this.#layout.encrypted.packetBytes;
  }

  async *read({ signal, range }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const key = (this.#key ??= await this.#findKey(signal));
    const { offset, length } = range ?? { offset: 0, length: this.size };
    const end = Math.min(offset + length, this.size);
    if (offset >= end) return;
    const { literal } = this.#layout;
    const [first, last] = [LITERAL_HEADER.length + offset, LITERAL_HEADER.length + end - 1];
    const from = this.#layout.plainPositionOf(first);
    const state = { index: first, skip: 0 };
    let left = end - offset;
    for await (const plain of this.#plain(key, from, this.#layout.plainPositionOf(last) + 1, signal)) {
      for (const bytes of literal.within(plain, state)) {
        const wanted = bytes.subarray(0, left);
        left -= wanted.length;
        if (wanted.length > 0) yield wanted;
      }
    }
    if (left > 0) throw notAsSealed(this.name, "it was cut");
  }

  /** What was encrypted, from `from` up to `to`. */
  async *#plain(
    key: Buffer,
    from: number,
    to: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Buffer> {
    const start = from - (from % BLOCK_BYTES);
    let block = start === 0 ? NO_BLOCK : Buffer.alloc(0);
    let drop = from - start;
    let decipher = start === 0 ? createDecipheriv(CIPHER, key, NO_BLOCK) : undefined;
    for await (const stored of this.#cipher(Math.max(0, start - BLOCK_BYTES), to, signal)) {
      let bytes = stored;
      if (decipher === undefined) {
        const missing = BLOCK_BYTES - block.length;
        block = Buffer.concat([block, bytes.subarray(0, missing)]);
        if (block.length < BLOCK_BYTES) continue;
        bytes = bytes.subarray(missing);
        decipher = createDecipheriv(CIPHER, key, block);
      }
      const plain = decipher.update(bytes);
      const skipped = Math.min(drop, plain.length);
      drop -= skipped;
      if (plain.length > skipped) yield plain.subarray(skipped);
    }
  }

  /** Ciphertext from `from` up to `to`, without the lengths between. */
  async *#cipher(from: number, to: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
    const { encrypted } = this.#layout;
    const [first, last] = [this.#layout.storedPositionOf(from), this.#layout.storedPositionOf(to - 1)];
    const range = { offset: this.#headBytes + first, length: last + 1 - first };
    const state = { index: from + 1, skip: 0 };
    for await (const bytes of this.#stored.read({ signal, range, transient: true }))
      yield* encrypted.within(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), state);
  }

  async #findKey(signal: AbortSignal | undefined): Promise<Buffer> {
    const head = await readHead(this.#stored, this.#about, { length: this.#headBytes, signal });
    const key = await this.#openSession(head, (candidate) => this.#begins(candidate, signal));
    const isArchive = this.#about.object.name === storedName(ARCHIVE_OBJECT, this.#about.encryption);
    if (!isArchive) await this.#authenticate(key, signal);
    return key;
  }

  /** Whether the key makes of the first bytes what a message of ours begins with. */
  async #begins(key: Buffer, signal: AbortSignal | undefined): Promise<boolean> {
    const end = this.#layout.plainPositionOf(LITERAL_HEADER.length - 1) + 1;
    const parts: Buffer[] = [];
    for await (const plain of this.#plain(key, 0, end, signal)) parts.push(plain);
    const plain = Buffer.concat(parts);
    const repeated = plain
      .subarray(PREFIX_BYTES - 4, PREFIX_BYTES - 2)
      .equals(plain.subarray(PREFIX_BYTES - 2, PREFIX_BYTES));
    return repeated && plain.subarray(-LITERAL_HEADER.length).equals(LITERAL_HEADER);
  }

  async #authenticate(key: Buffer, signal: AbortSignal | undefined): Promise<void> {
    const { plainBytes } = this.#layout;
    const digest = createHash("sha1");
    const digested = plainBytes - DIGEST_BYTES;
    let at = 0;
    let end = Buffer.alloc(0);
    for await (const plain of this.#plain(key, 0, plainBytes, signal)) {
      const counted = plain.subarray(0, Math.max(0, digested - at));
      digest.update(counted);
      const kept = Math.max(0, digested - DIGEST_HEADER.length - at);
      end = Buffer.concat([end, plain.subarray(kept)]);
      at += plain.length;
    }
    if (end.equals(Buffer.concat([DIGEST_HEADER, digest.digest()]))) return;
    throw notAsSealed(this.name, "its content does not match the digest that was encrypted with it");
  }
}
