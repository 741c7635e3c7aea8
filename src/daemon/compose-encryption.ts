/** From the options of a config, and what a command was given, to what encrypts and what decrypts. */
import type { EncryptionOptions } from "../config/encryption.ts";
import { AgeEncryption } from "../encryption/age/age-encryption.ts";
import { GpgEncryption } from "../encryption/gpg/gpg-encryption.ts";
import { FileKeyring, type KeyringSettings } from "../encryption/keyring.ts";
import type { Encryption, Keyring } from "../ports/encryption.ts";

export { openForeign } from "../encryption/open-foreign.ts";
export { newIdentity } from "../encryption/age/new-identity.ts";

export type GivenKeys = KeyringSettings;

export const NO_KEYS: GivenKeys = { identityFiles: [] };

export function createEncryption(options: EncryptionOptions | undefined): Encryption | undefined {
  if (options?.gpg !== undefined) return new GpgEncryption(options.gpg);
  if (options?.age === undefined) return undefined;
  const { recipients = [], recipientsFile, passphraseFile } = options.age;
  return new AgeEncryption({ recipients, recipientsFile, passphraseFile });
}

/** Those that were given come before those of the config. */
export function createKeyring(options: EncryptionOptions | undefined, given: GivenKeys): Keyring {
  const { identityFile, passphraseFile } = options?.age ?? options?.gpg ?? {};
  return new FileKeyring({
    ...given,
    identityFiles: [...given.identityFiles, ...(identityFile === undefined ? [] : [identityFile])],
    passphraseFile: given.passphraseFile ?? passphraseFile,
  });
}
