/**
 * The payload of an age file (age-encryption.org/v1): chunks of 64 KiB, each sealed by itself with ChaCha20-Poly1305 under its number
 * and a mark of the last one. So where each is stored can be computed, and each can be read alone.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";

export const CHUNK_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

const CIPHER = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_BYTES };
const NONCE_BYTES = 12;
/** The number of a chunk has 11 bytes, of which we use what a number of JavaScript is sure to hold. */
const COUNTER_AT = 5;
const COUNTER_BYTES = 6;
const LAST_AT = 11;

/** Chunks of the content: even none of it takes one. */
export function chunkCount(contentSize: number): number {
  return Math.max(1, Math.ceil(contentSize / CHUNK_BYTES));
}

/** Stored bytes of the content. */
export function payloadSize(contentSize: number): number {
  return contentSize + chunkCount(contentSize) * TAG_BYTES;
}

export interface ChunkPlace {
  number: number;
  isLast: boolean;
}

/** Seals into `out`, which has room for the content and a tag; gives the bytes written. */
export function sealChunk(key: Uint8Array, content: Uint8Array, place: ChunkPlace, out: Buffer): number {
  const cipher = createCipheriv(CIPHER, key, nonceOf(place), OPTIONS);
  const sealed = cipher.update(content);
  cipher.final();
  out.set(sealed);
  out.set(cipher.getAuthTag(), sealed.length);
  return sealed.length + TAG_BYTES;
}

/** The content; undefined when the chunk is not what was sealed there under that key. */
export function openChunk(key: Uint8Array, sealed: Uint8Array, place: ChunkPlace): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(place), OPTIONS);
  decipher.setAuthTag(sealed.subarray(end));
  const content = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return content;
  } catch {
    return undefined;
  }
}

function nonceOf({ number, isLast }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(number, COUNTER_AT, COUNTER_BYTES);
  nonce[LAST_AT] = isLast ? 1 : 0;
  return nonce;
}
