/**
 * An OpenPGP message of one binary file, as stock `gpg` writes and reads it (RFC 9580): encrypted keys, then a packet of data encrypted
 * by AES-256 in CFB mode with a digest at its end. Its lengths follow from the content's, so that any part of it can be decrypted.
 */
import { PartialBody } from "./partial-body.ts";

export const ENCRYPTED_DATA_TAG = 18;
export const LITERAL_TAG = 11;
export const CIPHER = "aes-256-cfb";
export const BLOCK_BYTES = 16;
export const SESSION_KEY_BYTES = 32;
export const NO_BLOCK = Buffer.alloc(BLOCK_BYTES);

/** Of the packet of encrypted data: before the ciphertext. */
export const VERSION = Buffer.from([1]);
/** Random bytes, the last two of them twice: a wrong key is seen by them. */
export const PREFIX_BYTES = BLOCK_BYTES + 2;
/** Of the literal packet: binary, without a name, without a date. */
export const LITERAL_HEADER = Buffer.from([0x62, 0, 0, 0, 0, 0]);
/** Header of the digest at the end, which counts into it. */
export const DIGEST_HEADER = Buffer.from([0xd3, 0x14]);
export const DIGEST_BYTES = 20;

/** Where everything is in a message of so much content. */
export class MessageLayout {
  readonly literal: PartialBody;
  readonly encrypted: PartialBody;
  /** Bytes that are encrypted, all headers and the digest included. */
  readonly plainBytes: number;

  constructor(contentSize: number) {
    this.literal = new PartialBody(LITERAL_HEADER.length + contentSize);
    this.plainBytes = PREFIX_BYTES + this.literal.packetBytes + DIGEST_HEADER.length + DIGEST_BYTES;
    this.encrypted = new PartialBody(VERSION.length + this.plainBytes);
  }

  /** Where the literal packet's byte is among those that are encrypted. */
  plainPositionOf(literalIndex: number): number {
    return PREFIX_BYTES + this.literal.positionOf(literalIndex);
  }

  /** Where a byte is stored that is encrypted, counted from the packet of encrypted data. */
  storedPositionOf(plainPosition: number): number {
    return this.encrypted.positionOf(VERSION.length + plainPosition);
  }
}
