/** Keys for tests: none at all, and pairs of age. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { generateIdentity, identityToRecipient } from "age-encryption";

import { AgeEncryption } from "../../src/encryption/age/age-encryption.ts";
import { FileKeyring } from "../../src/encryption/keyring.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const noKeys = new FileKeyring({ identityFiles: [] });

export interface KeyPair {
  identity: string;
  /** Holds the identity. */
  file: string;
  recipient: string;
  encryption: AgeEncryption;
  keys: FileKeyring;
}

export async function ageKeyPair(): Promise<KeyPair> {
  const identity = await generateIdentity();
  const file = join(temporaryDirectory(), "identity");
  writeFileSync(file, `# a comment\n\n${identity}\n`);
  const recipient = await identityToRecipient(identity);
  const encryption = new AgeEncryption({ recipients: [recipient] });
  return { identity, file, recipient, encryption, keys: new FileKeyring({ identityFiles: [file] }) };
}
