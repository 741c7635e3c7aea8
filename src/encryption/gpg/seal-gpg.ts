/** Encrypts one object to an OpenPGP message, while its content comes by. */
import { createCipheriv, createHash, hash, randomBytes, type Cipheriv } from "node:crypto";

import type { SealedFacts, SealedSink } from "../../ports/encryption.ts";
import type { ByteSink } from "../../ports/source.ts";
import {
  BLOCK_BYTES,
  CIPHER,
  DIGEST_HEADER,
  ENCRYPTED_DATA_TAG,
  LITERAL_HEADER,
  LITERAL_TAG,
  NO_BLOCK,
  VERSION,
} from "./message.ts";
import { PartialPacket } from "./partial-body.ts";
import type { SessionHead } from "./session.ts";

export class GpgSink implements SealedSink {
  readonly #sink: ByteSink;
  readonly #makeHead: () => Promise<SessionHead>;
  #message: Message | undefined;
  #contentSize = 0;

  constructor(sink: ByteSink, makeHead: () => Promise<SessionHead>) {
    this.#sink = sink;
    this.#makeHead = makeHead;
  }

  async write(content: Uint8Array): Promise<void> {
    const { literal, taken } = await this.#begun();
    this.#contentSize += content.length;
    literal.add(content);
    await this.#sink.write(taken());
  }

  async finish(): Promise<SealedFacts> {
    const { head, literal, encrypted, taken } = await this.#begun();
    literal.end();
    encrypted.end();
    await this.#sink.write(taken());
    return { contentSize: this.#contentSize, headSha256: hash("sha256", head) };
  }

  async #begun(): Promise<Message> {
    return (this.#message ??= messageWith(await this.#makeHead()));
  }
}

interface Message {
  head: Buffer;
  encrypted: EncryptedPacket;
  literal: PartialPacket;
  /** What has come out of it since it was asked last. */
  taken: () => Buffer;
}

function messageWith({ bytes: head, key }: SessionHead): Message {
  let out = [head];
  const encrypted = new EncryptedPacket(key, (bytes) => void out.push(bytes));
  const literal = new PartialPacket(LITERAL_TAG, (bytes) => encrypted.add(bytes));
  literal.add(LITERAL_HEADER);
  const taken = (): Buffer => {
    const bytes = Buffer.concat(out);
    out = [];
    return bytes;
  };
  return { head, encrypted, literal, taken };
}

/** The packet of encrypted data, which ends in a digest of all that is in it. */
class EncryptedPacket {
  readonly #digest = createHash("sha1");
  readonly #cipher: Cipheriv;
  readonly #packet: PartialPacket;

  constructor(key: Buffer, emit: (bytes: Buffer) => void) {
    this.#cipher = createCipheriv(CIPHER, key, NO_BLOCK);
    this.#packet = new PartialPacket(ENCRYPTED_DATA_TAG, emit);
    this.#packet.add(VERSION);
    const random = randomBytes(BLOCK_BYTES);
    this.add(Buffer.concat([random, random.subarray(-2)]));
  }

  add(plain: Buffer): void {
    this.#digest.update(plain);
    this.#packet.add(this.#cipher.update(plain));
  }

  end(): void {
    this.add(DIGEST_HEADER);
    this.#packet.add(this.#cipher.update(this.#digest.digest()));
    this.#packet.end();
  }
}
