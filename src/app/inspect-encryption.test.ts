import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { ageKeyPair, noKeys } from "../../test/fakes/keys.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { AgeEncryption, type AgeSettings } from "../encryption/age/age-encryption.ts";
import { FileKeyring } from "../encryption/keyring.ts";
import { inspectEncryption } from "./inspect-encryption.ts";

interface Options extends Partial<AgeSettings> {
  identityFile?: string;
}

function inspect({ identityFile, recipients = [], ...settings }: Options) {
  const identityFiles = identityFile === undefined ? [] : [identityFile];
  return inspectEncryption({
    encryption: new AgeEncryption({ recipients, ...settings }),
    keys: new FileKeyring({ identityFiles, passphraseFile: settings.passphraseFile }),
  });
}

function passphraseFile(text: string): string {
  const path = join(temporaryDirectory(), "passphrase");
  writeFileSync(path, text);
  return path;
}

describe("a look at the encryption", () => {
  it("says nothing where there is none", async () => {
    expect(await inspectEncryption({ encryption: undefined, keys: noKeys })).toEqual([]);
  });

  it("is content with a public key alone, and says that nobody here can decrypt", async () => {
    const { recipient } = await ageKeyPair();
    const [finding] = await inspect({ recipients: [recipient] });
    expect(finding).toMatchObject({ about: "encryption", verdict: "ok" });
    expect(finding?.message).toMatch(new RegExp(`to ${recipient}, and nobody here can decrypt`));
  });

  it("decrypts again what it encrypted, where the key to it is there", async () => {
    const { recipient, file: identityFile } = await ageKeyPair();
    const [byKey] = await inspect({ recipients: [recipient], identityFile });
    const [byPassphrase] = await inspect({ passphraseFile: passphraseFile("correct horse\n") });
    expect([byKey?.verdict, byPassphrase?.verdict]).toEqual(["ok", "ok"]);
    expect(byKey?.message).toContain("can be decrypted here");
  });

  it("warns of an identity that opens none of it", async () => {
    const [{ recipient }, { file: identityFile }] = [await ageKeyPair(), await ageKeyPair()];
    const [finding] = await inspect({ recipients: [recipient], identityFile });
    expect(finding?.verdict).toBe("warning");
    expect(finding?.message).toContain("holds the identity of none of them");
  });

  it("fails without a readable file of recipients, an identity or a passphrase that is not empty", async () => {
    const { recipient } = await ageKeyPair();
    for (const age of [
      { recipientsFile: "/nowhere" },
      { recipients: [recipient], identityFile: "/nowhere" },
      { passphraseFile: passphraseFile("\n") },
      { recipientsFile: passphraseFile("no recipient\n") },
    ])
      expect(await inspect(age)).toEqual([expect.objectContaining({ verdict: "failed" })]);
  });
});
