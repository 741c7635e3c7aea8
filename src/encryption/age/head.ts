/**
 * What an age file begins with: the header, which holds the file's key for each recipient, and the nonce that makes the payload's key
 * of it. Both are left to age-encryption; only the payload is ours.
 */
import { hkdfSync, randomBytes } from "node:crypto";
import type { Identity, Recipient } from "age-encryption";

const NONCE_BYTES = 16;
const KEY_BYTES = 32;
/** Of what age-encryption makes of no content: a nonce, and the tag of an empty chunk. */
const EMPTY_PAYLOAD_BYTES = NONCE_BYTES + 16;

export interface Head {
  /** As it is stored. */
  bytes: Buffer;
  /** Of the payload. */
  key: Buffer;
}

/** A new one each time, with a key of its own. Throws for what is no recipient. */
export async function makeHead(recipients: readonly (string | Recipient)[]): Promise<Head> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  let fileKey: Uint8Array | undefined;
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt("");
  if (fileKey === undefined) throw new Error("age-encryption told no file key");
  const nonce = randomBytes(NONCE_BYTES);
  const header = empty.subarray(0, empty.length - EMPTY_PAYLOAD_BYTES);
  return { bytes: Buffer.concat([header, nonce]), key: payloadKey(fileKey, nonce) };
}

/** The key of the payload that comes after the head. Throws where no identity is one of its recipients, or where it is no head. */
export async function openHead(head: Buffer, identities: readonly (string | Identity)[]): Promise<Buffer> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const nonceAt = head.length - NONCE_BYTES;
  const fileKey = await decrypter.decryptHeader(head.subarray(0, nonceAt));
  return payloadKey(fileKey, head.subarray(nonceAt));
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", KEY_BYTES));
}
