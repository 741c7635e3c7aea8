/**
 * What an OpenPGP message begins with: the session's key, encrypted to each public key, or with a passphrase. It is left to openpgp;
 * only what comes after it is ours.
 */
import { randomBytes } from "node:crypto";
import type { Key, PrivateKey } from "openpgp";

import { SESSION_KEY_BYTES } from "./message.ts";

const ALGORITHM = "aes256";

export interface SessionHead {
  /** As it is stored. */
  bytes: Buffer;
  key: Buffer;
}

/** A new key each time. Throws where a public key cannot be encrypted to: it has expired, was revoked, or only signs. */
export async function makeSession(to: { keys: Key[] } | { passphrase: string }): Promise<SessionHead> {
  const { encryptSessionKey } = await import("openpgp");
  const key = randomBytes(SESSION_KEY_BYTES);
  const whom = "keys" in to ? { encryptionKeys: to.keys } : { passwords: [to.passphrase] };
  const session = { data: new Uint8Array(key), algorithm: ALGORITHM } as const;
  const bytes = await encryptSessionKey({ ...session, ...whom, format: "binary" });
  return { bytes: Buffer.from(bytes), key };
}

/** Keys that may be the session's, and of a passphrase need not be. Throws where there is none. */
export async function openSession(
  head: Buffer,
  by: { keys: PrivateKey[] } | { passphrase: string },
): Promise<Buffer[]> {
  const { decryptSessionKeys, readMessage } = await import("openpgp");
  const message = await readMessage({ binaryMessage: new Uint8Array(head) });
  const means = "keys" in by ? { decryptionKeys: by.keys } : { passwords: [by.passphrase] };
  const found = await decryptSessionKeys({ message, ...means });
  return found.map(({ data }) => Buffer.from(data)).filter(({ length }) => length === SESSION_KEY_BYTES);
}
