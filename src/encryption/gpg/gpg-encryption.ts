/** Encrypts to public keys of OpenPGP, or with a passphrase, so that stock `gpg -d` decrypts it. */
import type { PointEncryption } from "../../domain/recovery-point.ts";
import type { Encryption } from "../../ports/encryption.ts";
import type { ByteSink } from "../../ports/source.ts";
import { readPassphrase } from "../key-file.ts";
import { readPublicKeys } from "./gpg-keys.ts";
import { GpgSink } from "./seal-gpg.ts";
import { makeSession, type SessionHead } from "./session.ts";

/** One of the two. */
export interface GpgSettings {
  publicKeyFile?: string | undefined;
  passphraseFile?: string | undefined;
}

export class GpgEncryption implements Encryption {
  readonly kind = "gpg";
  readonly #settings: GpgSettings;

  constructor(settings: GpgSettings) {
    this.#settings = settings;
  }

  /** Fingerprints: names and addresses in keys are nobody's business. */
  async describe(): Promise<PointEncryption> {
    const { publicKeyFile } = this.#settings;
    const keys = publicKeyFile === undefined ? [] : await readPublicKeys(publicKeyFile);
    return { kind: this.kind, recipients: keys.map((key) => key.getFingerprint().toUpperCase()) };
  }

  seal(sink: ByteSink): GpgSink {
    return new GpgSink(sink, () => this.#makeSession());
  }

  async #makeSession(): Promise<SessionHead> {
    const { publicKeyFile, passphraseFile = "" } = this.#settings;
    if (publicKeyFile !== undefined) return makeSession({ keys: await readPublicKeys(publicKeyFile) });
    return makeSession({ passphrase: await readPassphrase(passphraseFile) });
  }
}
