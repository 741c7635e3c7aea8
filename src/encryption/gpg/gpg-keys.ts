/** Keys of OpenPGP as they stand in files: armored, as `gpg --armor --export` and `--export-secret-keys` write them, or binary. */
import type { Key, PrivateKey } from "openpgp";

import { messageOf } from "../../domain/errors.ts";
import { keyFileError, readKeyFile } from "../key-file.ts";

export const ARMOR = "-----BEGIN PGP";

/** Each that can be encrypted to. Throws `usage` where there is none. */
export async function readPublicKeys(path: string): Promise<Key[]> {
  const what = "the public key file";
  const armoredKeys = await armored(path, what);
  const { readKeys } = await import("openpgp");
  try {
    const keys = await readKeys({ armoredKeys });
    if (keys.some((key) => key.isPrivate()))
      throw new Error("it holds a secret key, which belongs elsewhere");
    for (const key of keys) await key.getEncryptionKey();
    return keys;
  } catch (error) {
    throw keyFileError(path, what, messageOf(error), error);
  }
}

/** Those of a file, unlocked. Throws `usage` for anything else, and what `passphrase` throws where one is needed. */
export async function readSecretKeys(path: string, passphrase: () => Promise<string>): Promise<PrivateKey[]> {
  const what = "the identity file";
  const armoredKeys = await armored(path, what);
  const { decryptKey, readPrivateKeys } = await import("openpgp");
  const keys = await readPrivateKeys({ armoredKeys }).catch((error: unknown) => {
    throw keyFileError(path, what, "it holds no secret key of OpenPGP", error);
  });
  return Promise.all(
    keys.map(async (privateKey) => {
      if (privateKey.isDecrypted()) return privateKey;
      const given = await passphrase();
      return decryptKey({ privateKey, passphrase: given }).catch((error: unknown) => {
        throw keyFileError(path, what, "the passphrase does not unlock its secret key", error);
      });
    }),
  );
}

async function armored(path: string, what: string): Promise<string> {
  const text = await readKeyFile(path, what);
  if (text.includes(ARMOR)) return text;
  throw keyFileError(path, what, "it holds no armored key: `gpg --armor` writes one");
}
