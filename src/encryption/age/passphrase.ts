/** A passphrase as recipient and as identity of age files (its `scrypt` stanza), by Node's scrypt, which takes no turn of ours. */
import { randomBytes, scrypt } from "node:crypto";
import type { Identity, Recipient } from "age-encryption";

import { openChunk, sealChunk, TAG_BYTES } from "./payload.ts";

const LABEL = "age-encryption.org/v1/scrypt";
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const FILE_KEY_BYTES = 16;
/** Memory is 1 KiB times two to the power of it: 128 MiB. A sidecar has little; stock age takes twice as much. */
const WORK_FACTOR = 17;
/** As stock age: a file must not make its reader take all memory. */
const MAX_WORK_FACTOR = 20;
/** The whole of a file's key, under a key that is used for nothing else. */
const ONLY = { number: 0, isLast: false };

export function passphraseRecipient(passphrase: string, workFactor = WORK_FACTOR): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      const { Stanza } = await import("age-encryption");
      const salt = randomBytes(SALT_BYTES);
      const body = Buffer.alloc(FILE_KEY_BYTES + TAG_BYTES);
      sealChunk(await deriveKey(passphrase, salt, workFactor), fileKey, ONLY, body);
      return [new Stanza(["scrypt", base64(salt), String(workFactor)], body)];
    },
  };
}

export function passphraseIdentity(passphrase: string): Identity {
  return {
    unwrapFileKey: async (stanzas) => {
      const [stanza] = stanzas;
      const [type, salt = "", workFactor = ""] = stanza?.args ?? [];
      if (stanza === undefined || stanzas.length !== 1 || type !== "scrypt") return null;
      const logN = /^[1-9]\d?$/.test(workFactor) ? Number(workFactor) : Infinity;
      if (logN > MAX_WORK_FACTOR) throw new Error(`it asks for a work factor above ${MAX_WORK_FACTOR}`);
      const key = await deriveKey(passphrase, Buffer.from(salt, "base64"), logN);
      return openChunk(key, stanza.body, ONLY) ?? null;
    },
  };
}

/** One at a time, for each takes so much memory. */
let last: Promise<unknown> = Promise.resolve();

function deriveKey(passphrase: string, salt: Buffer, logN: number): Promise<Buffer> {
  const derive = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const options = { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11) };
      scrypt(passphrase, Buffer.concat([Buffer.from(LABEL), salt]), KEY_BYTES, options, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  const derived = last.then(derive);
  last = derived.catch(() => undefined);
  return derived;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
