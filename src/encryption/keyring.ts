/** Decrypts with the identities and the passphrase that somebody gave, each read when it is first needed. */
import type { PointEncryption } from "../domain/recovery-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Keyring, SealedObject } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { readIdentities } from "./age/age-keys.ts";
import { openHead } from "./age/head.ts";
import { AgeReader } from "./age/open-age.ts";
import { passphraseIdentity } from "./age/passphrase.ts";
import { readPassphrase } from "./key-file.ts";

export interface KeyringSettings {
  /** Secret keys; tried one after the other. */
  identityFiles: readonly string[];
  passphraseFile?: string | undefined;
  /** Asks a person; undefined: nobody can be asked. */
  askPassphrase?: (() => Promise<string | undefined>) | undefined;
}

export class FileKeyring implements Keyring {
  readonly #settings: KeyringSettings;
  #asked: Promise<string | undefined> | undefined;

  constructor(settings: KeyringSettings) {
    this.#settings = settings;
  }

  mayOpen({ recipients }: PointEncryption): boolean {
    const { identityFiles, passphraseFile, askPassphrase } = this.#settings;
    if (recipients.length > 0) return identityFiles.length > 0;
    return passphraseFile !== undefined || askPassphrase !== undefined;
  }

  open(stored: ObjectReader, about: SealedObject): ObjectReader {
    return new AgeReader(stored, about, (head) => this.#openAgeHead(head, stored.name, about.encryption));
  }

  async #openAgeHead(head: Buffer, name: string, encryption: PointEncryption): Promise<Buffer> {
    const identities =
      encryption.recipients.length === 0
        ? [passphraseIdentity(await this.#passphrase(name))]
        : await this.#ageIdentities(name, encryption);
    try {
      return await openHead(head, identities);
    } catch (error) {
      throw wrongKey(name, encryption, this.#settings.identityFiles, error);
    }
  }

  async #ageIdentities(name: string, encryption: PointEncryption): Promise<string[]> {
    const { identityFiles } = this.#settings;
    if (identityFiles.length === 0) throw noIdentity(name, encryption);
    return (await Promise.all(identityFiles.map(readIdentities))).flat();
  }

  async #passphrase(name: string): Promise<string> {
    const { passphraseFile, askPassphrase } = this.#settings;
    if (passphraseFile !== undefined) return readPassphrase(passphraseFile);
    this.#asked ??= askPassphrase?.();
    const passphrase = await this.#asked;
    if (passphrase !== undefined && passphrase !== "") return passphrase;
    throw refused(name, "it is encrypted with a passphrase, and none is given", GIVE_PASSPHRASE);
  }
}

const GIVE_PASSPHRASE = "give it with --passphrase-file FILE, or type it at a terminal";
const GIVE_IDENTITY =
  "give the identity with --identity FILE, or as `identityFile` of `encryption` in the config";

function noIdentity(name: string, { recipients }: PointEncryption): HoldfastError {
  return refused(
    name,
    `it is encrypted to ${recipients.join(", ")}, and no identity is given`,
    GIVE_IDENTITY,
  );
}

function wrongKey(
  name: string,
  { recipients }: PointEncryption,
  files: readonly string[],
  cause: unknown,
): HoldfastError {
  if (recipients.length === 0)
    return refused(name, "the passphrase is not the one it was encrypted with", GIVE_PASSPHRASE, cause);
  const why = `it is encrypted to ${recipients.join(", ")}, and ${files.join(", ")} holds the identity of none of them`;
  return refused(name, why, GIVE_IDENTITY, cause);
}

function refused(name: string, why: string, next: string, cause?: unknown): HoldfastError {
  return new HoldfastError("refused", { what: `Decrypting ${name}`, why, next, cause });
}
