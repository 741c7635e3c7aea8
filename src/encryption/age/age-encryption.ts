/** Encrypts to the recipients of a config, or with its passphrase, so that stock `age -d` decrypts it. */
import type { PointEncryption } from "../../domain/recovery-point.ts";
import type { Encryption } from "../../ports/encryption.ts";
import type { ByteSink } from "../../ports/source.ts";
import { readPassphrase } from "../key-file.ts";
import { readRecipients } from "./age-keys.ts";
import { makeHead, type Head } from "./head.ts";
import { passphraseRecipient } from "./passphrase.ts";
import { AgeSink } from "./seal-age.ts";

export interface AgeSettings {
  /** Either these and those of the file, or a passphrase. */
  recipients: readonly string[];
  recipientsFile?: string | undefined;
  passphraseFile?: string | undefined;
}

export class AgeEncryption implements Encryption {
  readonly kind = "age";
  readonly #settings: AgeSettings;

  constructor(settings: AgeSettings) {
    this.#settings = settings;
  }

  async describe(): Promise<PointEncryption> {
    return { kind: this.kind, recipients: await this.#recipients() };
  }

  seal(sink: ByteSink): AgeSink {
    return new AgeSink(sink, () => this.#makeHead());
  }

  async #makeHead(): Promise<Head> {
    const { passphraseFile } = this.#settings;
    if (passphraseFile === undefined) return makeHead(await this.#recipients());
    return makeHead([passphraseRecipient(await readPassphrase(passphraseFile))]);
  }

  async #recipients(): Promise<string[]> {
    const { recipients, recipientsFile } = this.#settings;
    const more = recipientsFile === undefined ? [] : await readRecipients(recipientsFile);
    return [...new Set([...recipients, ...more])];
  }
}
