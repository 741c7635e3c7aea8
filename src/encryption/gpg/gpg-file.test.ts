import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { generateKey } from "openpgp";
import { describe, expect, it } from "vitest";

import { MemoryReader } from "../../../test/fakes/memory-object.ts";
import { seal, type SealedBytes } from "../../../test/fakes/sealed-objects.ts";
import { runTool, stockTools } from "../../../test/fakes/stock-tools.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { FileKeyring, type KeyringSettings } from "../keyring.ts";
import { GpgEncryption } from "./gpg-encryption.ts";
import { PART_BYTES } from "./partial-body.ts";

const SIZES = [
  0,
  1,
  16,
  PART_BYTES - 7,
  PART_BYTES - 6,
  PART_BYTES - 5,
  PART_BYTES,
  2 * PART_BYTES - 26,
  300_001,
];

async function keyPair(passphrase?: string) {
  const directory = temporaryDirectory();
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: "Backups" }],
    type: "ecc",
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const [file, publicKeyFile] = [join(directory, "secret"), join(directory, "public")];
  writeFileSync(file, privateKey);
  writeFileSync(publicKeyFile, publicKey);
  return { file, publicKeyFile, encryption: new GpgEncryption({ publicKeyFile }) };
}

function contentOf(size: number): Buffer {
  const words = Uint32Array.from({ length: Math.ceil(size / 4) }, (_, at) => at * 2_654_435_761);
  return Buffer.from(words.buffer).subarray(0, size);
}

/** `archive.tar.zst.gpg` is not read as a whole first. */
function readerOf({ stored, object }: SealedBytes, keys: KeyringSettings, name = "archive.tar.zst.gpg") {
  const bytes = new MemoryReader("memory:x", stored);
  const recipients = keys.identityFiles.length > 0 ? ["FINGERPRINT"] : [];
  const about = { encryption: { kind: "gpg" as const, recipients }, object: { ...object, name } };
  return { bytes, reader: new FileKeyring(keys).open(bytes, about) };
}

async function all(
  reader: ReturnType<typeof readerOf>["reader"],
  range?: { offset: number; length: number },
) {
  return Buffer.concat(
    (await Array.fromAsync(reader.read(range === undefined ? {} : { range }))).map((chunk) =>
      Buffer.from(chunk),
    ),
  );
}

describe("an OpenPGP message of ours", () => {
  it.each(SIZES)("gives back %i bytes, whatever pieces they came in", async (size) => {
    const { file, encryption } = await keyPair();
    const sealed = await seal(encryption, contentOf(size), [100, PART_BYTES, 77_777]);
    for (const name of ["archive.tar.zst.gpg", "files.jsonl.zst.gpg"]) {
      const { reader } = readerOf(sealed, { identityFiles: [file] }, name);
      expect(reader.size).toBe(size);
      expect((await all(reader)).equals(contentOf(size))).toBe(true);
    }
  });

  it("gives any part of it as the whole has it, and reads little more", async () => {
    const { file, encryption } = await keyPair();
    const content = contentOf(4 * PART_BYTES + 17);
    const sealed = await seal(encryption, content);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length + 100), fc.nat(content.length + 100), async (offset, length) => {
        const { reader, bytes } = readerOf(sealed, { identityFiles: [file] });
        const part = await all(reader, { offset, length });
        expect(part.equals(content.subarray(offset, offset + length))).toBe(true);
        const read = bytes.rangesRead.slice(1).reduce((sum, range) => sum + range.length, 0);
        expect(read).toBeLessThanOrEqual(part.length + 300);
      }),
      { numRuns: 60 },
    );
  });

  it("is refused to another key, and to another passphrase", async () => {
    const [pair, stranger] = [await keyPair(), await keyPair()];
    const sealed = await seal(pair.encryption, contentOf(10));
    await expect(all(readerOf(sealed, { identityFiles: [stranger.file] }).reader)).rejects.toMatchObject({
      code: "refused",
    });
    const passphraseFile = join(temporaryDirectory(), "passphrase");
    writeFileSync(passphraseFile, "correct horse\n");
    const locked = await seal(new GpgEncryption({ passphraseFile }), contentOf(10));
    const asked = (answer: string) =>
      readerOf(locked, { identityFiles: [], askPassphrase: async () => answer }).reader;
    expect((await all(asked("correct horse"))).equals(contentOf(10))).toBe(true);
    await expect(all(asked("battery staple"))).rejects.toThrow(
      "the passphrase is not the one it was encrypted with",
    );
  });

  it("is decrypted by a key that its passphrase unlocks", async () => {
    const { file, encryption } = await keyPair("of the key");
    const sealed = await seal(encryption, contentOf(10));
    const askPassphrase = async () => "of the key";
    expect(
      (await all(readerOf(sealed, { identityFiles: [file], askPassphrase }).reader)).equals(contentOf(10)),
    ).toBe(true);
    const wrong = readerOf(sealed, { identityFiles: [file], askPassphrase: async () => "another" });
    await expect(all(wrong.reader)).rejects.toThrow("the passphrase does not unlock its secret key");
  });

  it("is found out by any bit that is another one, and when it is cut, before a byte of an index is given", async () => {
    const { file, encryption } = await keyPair();
    const content = contentOf(2 * PART_BYTES);
    const { stored, object } = await seal(encryption, content);
    const broken = async (bytes: Buffer) => {
      const { reader } = readerOf(
        { stored: bytes, object },
        { identityFiles: [file] },
        "files.jsonl.zst.gpg",
      );
      await expect(all(reader, { offset: 5, length: 10 })).rejects.toThrow();
    };
    // Lengths between the parts mean nothing to us: where everything is follows from the size.
    await fc.assert(
      fc.asyncProperty(
        fc.nat(stored.length - 2 * PART_BYTES - 100),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const from = stored.length - 2 * PART_BYTES;
          const bytes = Buffer.from(stored);
          bytes[from + at] = (bytes[from + at] ?? 0) ^ mask;
          await broken(bytes);
        },
      ),
      { numRuns: 30 },
    );
    for (const length of [0, 100, stored.length - PART_BYTES, stored.length - 1])
      await broken(stored.subarray(0, length));
  });
});

const { areMissing, title } = stockTools("gpg");

describe.skipIf(areMissing)(`stock gpg${title}`, () => {
  const gpg = (home: string, ...args: string[]) => [
    "--homedir",
    home,
    "--batch",
    "--yes",
    "--quiet",
    ...args,
  ];
  const newHome = () => {
    const home = join(temporaryDirectory(), "h");
    mkdirSync(home, { mode: 0o700 });
    return home;
  };

  it("decrypts what is encrypted to its key, of every size, and we with its key", async () => {
    const home = newHome();
    runTool(
      "gpg",
      gpg(home, "--passphrase", "", "--quick-gen-key", "Backups", "default", "default", "never"),
    );
    const publicKeyFile = join(home, "public");
    const file = join(home, "secret");
    writeFileSync(publicKeyFile, runTool("gpg", gpg(home, "--armor", "--export")));
    writeFileSync(file, runTool("gpg", gpg(home, "--armor", "--export-secret-keys")));
    for (const size of SIZES) {
      const sealed = await seal(new GpgEncryption({ publicKeyFile }), contentOf(size));
      expect(runTool("gpg", gpg(home, "--decrypt"), sealed.stored).equals(contentOf(size))).toBe(true);
      expect((await all(readerOf(sealed, { identityFiles: [file] }).reader)).equals(contentOf(size))).toBe(
        true,
      );
    }
  });

  it("decrypts what is encrypted with a passphrase", async () => {
    const home = newHome();
    const passphraseFile = join(home, "passphrase");
    writeFileSync(passphraseFile, "correct horse\n");
    const { stored } = await seal(new GpgEncryption({ passphraseFile }), contentOf(200_000));
    const args = gpg(home, "--pinentry-mode", "loopback", "--passphrase-file", passphraseFile, "--decrypt");
    expect(runTool("gpg", args, stored).equals(contentOf(200_000))).toBe(true);
  });
});
