/** Decrypts with the identities and the passphrase that somebody gave, each read when it is first needed. */
import type { PrivateKey } from "openpgp";

import type { PointEncryption } from "../domain/recovery-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Keyring, SealedObject } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { readIdentities } from "./age/age-keys.ts";
import { openHead } from "./age/head.ts";
import { AgeReader } from "./age/open-age.ts";
import { passphraseIdentity } from "./age/passphrase.ts";
import { ARMOR, readSecretKeys } from "./gpg/gpg-keys.ts";
import { GpgReader } from "./gpg/open-gpg.ts";
import { openSession } from "./gpg/session.ts";
import { readKeyFile, readPassphrase } from "./key-file.ts";

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
    if (about.encryption.kind === "gpg")
      return new GpgReader(stored, about, (head, isRight) =>
        this.#openSession(head, isRight, stored.name, about.encryption),
      );
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

  async #openSession(
    head: Buffer,
    isRight: (key: Buffer) => Promise<boolean>,
    name: string,
    encryption: PointEncryption,
  ): Promise<Buffer> {
    const { identityFiles } = this.#settings;
    const isByPassphrase = encryption.recipients.length === 0;
    if (!isByPassphrase && identityFiles.length === 0) throw noIdentity(name, encryption);
    const means = isByPassphrase
      ? { passphrase: await this.#passphrase(name) }
      : { keys: await this.#secretKeys(name) };
    let cause: unknown;
    const candidates = await openSession(head, means).catch((error: unknown) => {
      cause = error;
      return [];
    });
    for (const key of candidates) if (await isRight(key)) return key;
    throw wrongKey(name, encryption, identityFiles, cause);
  }

  async #secretKeys(name: string): Promise<PrivateKey[]> {
    const files = await this.#identityFiles(true);
    return (
      await Promise.all(files.map((file) => readSecretKeys(file, () => this.#passphrase(name))))
    ).flat();
  }

  /** Of OpenPGP, or of age: one machine may hold both. */
  async #identityFiles(areArmored: boolean): Promise<string[]> {
    const { identityFiles } = this.#settings;
    const texts = await Promise.all(identityFiles.map((file) => readKeyFile(file, "the identity file")));
    return identityFiles.filter((_, at) => (texts[at] ?? "").includes(ARMOR) === areArmored);
  }

  async #ageIdentities(name: string, encryption: PointEncryption): Promise<string[]> {
    const { identityFiles } = this.#settings;
    if (identityFiles.length === 0) throw noIdentity(name, encryption);
    return (await Promise.all((await this.#identityFiles(false)).map(readIdentities))).flat();
  }

  async #passphrase(name: string): Promise<string> {
    const { passphraseFile, askPassphrase } = this.#settings;
    if (passphraseFile !== undefined) return readPassphrase(passphraseFile);
    this.#asked ??= askPassphrase?.();
    const passphrase = await this.#asked;
    if (passphrase !== undefined && passphrase !== "") return passphrase;
    throw refused(name, "it needs a passphrase, and none is given", GIVE_PASSPHRASE);
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
