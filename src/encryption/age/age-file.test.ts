import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MemoryReader } from "../../../test/fakes/memory-object.ts";
import { seal, type SealedBytes } from "../../../test/fakes/sealed-objects.ts";
import { runTool, stockTools } from "../../../test/fakes/stock-tools.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { FileKeyring } from "../keyring.ts";
import { AgeEncryption } from "./age-encryption.ts";
import { CHUNK_BYTES } from "./payload.ts";

const SIZES = [
  0,
  1,
  CHUNK_BYTES - 1,
  CHUNK_BYTES,
  CHUNK_BYTES + 1,
  2 * CHUNK_BYTES,
  16 * CHUNK_BYTES,
  1_200_001,
];

async function keyPair() {
  const identity = await generateIdentity();
  const file = join(temporaryDirectory(), "identity");
  writeFileSync(file, `# a comment\n\n${identity}\n`);
  return { identity, file, recipient: await identityToRecipient(identity) };
}

function contentOf(size: number): Buffer {
  return Buffer.from(
    Uint32Array.from({ length: Math.ceil(size / 4) }, (_, at) => at * 2654435761).buffer,
  ).subarray(0, size);
}

function readerOf({ stored, object }: SealedBytes, file: string) {
  const bytes = new MemoryReader("memory:x", stored);
  const keys = new FileKeyring({ identityFiles: [file] });
  return { bytes, reader: keys.open(bytes, { encryption: { kind: "age", recipients: ["age1…"] }, object }) };
}

async function read(
  sealed: SealedBytes,
  file: string,
  range?: { offset: number; length: number },
): Promise<Buffer> {
  const { reader } = readerOf(sealed, file);
  return Buffer.concat(await Array.fromAsync(reader.read(range === undefined ? {} : { range })));
}

describe("an age file of ours", () => {
  it.each(SIZES)("gives back %i bytes", async (size) => {
    const { file, recipient } = await keyPair();
    const sealed = await seal(new AgeEncryption({ recipients: [recipient] }), contentOf(size), [
      100,
      CHUNK_BYTES,
      77_777,
    ]);
    expect(sealed.object.contentSize).toBe(size);
    expect(readerOf(sealed, file).reader.size).toBe(size);
    expect((await read(sealed, file)).equals(contentOf(size))).toBe(true);
  });

  it.each(SIZES)("is what another implementation decrypts to %i bytes", async (size) => {
    const { identity, recipient } = await keyPair();
    const { stored } = await seal(new AgeEncryption({ recipients: [recipient] }), contentOf(size));
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    expect(Buffer.from(await decrypter.decrypt(stored)).equals(contentOf(size))).toBe(true);
  });

  it("is the same whatever pieces its content comes in, but for its keys", async () => {
    const { file, recipient } = await keyPair();
    const encryption = new AgeEncryption({ recipients: [recipient] });
    const piece = fc.integer({ min: 1, max: 3 * CHUNK_BYTES });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(5 * CHUNK_BYTES),
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        async (size, pieces) => {
          const sealed = await seal(encryption, contentOf(size), [...pieces, CHUNK_BYTES]);
          expect((await read(sealed, file)).equals(contentOf(size))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives any part of it as the whole has it, and reads no more than the chunks that hold it", async () => {
    const { file, recipient } = await keyPair();
    const content = contentOf(5 * CHUNK_BYTES + 17);
    const sealed = await seal(new AgeEncryption({ recipients: [recipient] }), content);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length + 100), fc.nat(content.length + 100), async (offset, length) => {
        const { reader, bytes } = readerOf(sealed, file);
        const part = Buffer.concat(await Array.fromAsync(reader.read({ range: { offset, length } })));
        expect(part.equals(content.subarray(offset, offset + length))).toBe(true);
        const stored = bytes.rangesRead.slice(1).reduce((sum, range) => sum + range.length, 0);
        expect(stored).toBeLessThanOrEqual(part.length + 2 * (CHUNK_BYTES + 16));
      }),
      { numRuns: 100 },
    );
  });

  it("is opened by each of its recipients alone", async () => {
    const pairs = [await keyPair(), await keyPair(), await keyPair()];
    const recipients = pairs.map(({ recipient }) => recipient);
    const sealed = await seal(new AgeEncryption({ recipients }), contentOf(100));
    for (const { file } of pairs) expect((await read(sealed, file)).equals(contentOf(100))).toBe(true);
  });

  it("has a key of its own each time: no two have a head in common", async () => {
    const { recipient } = await keyPair();
    const encryption = new AgeEncryption({ recipients: [recipient] });
    const heads = await Promise.all(
      [1, 2, 3].map(async () => (await seal(encryption, contentOf(9))).object.headSha256),
    );
    expect(new Set(heads).size).toBe(3);
  });

  it("is encrypted to those of the config and those of a file", async () => {
    const [one, other] = [await keyPair(), await keyPair()];
    const recipientsFile = join(temporaryDirectory(), "recipients");
    writeFileSync(recipientsFile, `# the other\n${other.recipient}\n${one.recipient}\n`);
    const encryption = new AgeEncryption({ recipients: [one.recipient], recipientsFile });
    expect(await encryption.describe()).toEqual({
      kind: "age",
      recipients: [one.recipient, other.recipient],
    });
    expect((await read(await seal(encryption, contentOf(3)), other.file)).equals(contentOf(3))).toBe(true);
  });
});

const { areMissing, title } = stockTools("age", "age-keygen");

describe.skipIf(areMissing)(`stock age${title}`, () => {
  it.each(SIZES)("decrypts what is encrypted here: %i bytes", async (size) => {
    const { file, recipient } = await keyPair();
    const { stored } = await seal(new AgeEncryption({ recipients: [recipient] }), contentOf(size));
    expect(runTool("age", ["-d", "-i", file], stored).equals(contentOf(size))).toBe(true);
  });

  it.each(SIZES)("encrypts what is decrypted here: %i bytes", async (size) => {
    const { file, recipient } = await keyPair();
    const stored = runTool("age", ["-r", recipient], contentOf(size));
    const sealed = { stored, object: await objectOf(stored, size) };
    expect((await read(sealed, file)).equals(contentOf(size))).toBe(true);
  });

  it("takes an identity of ours, and we one of its own", async () => {
    const { file, recipient } = await keyPair();
    expect(runTool("age-keygen", ["-y", file]).toString().trim()).toBe(recipient);
    const theirs = join(temporaryDirectory(), "theirs");
    runTool("age-keygen", ["-o", theirs]);
    const recipients = [runTool("age-keygen", ["-y", theirs]).toString().trim()];
    const sealed = await seal(new AgeEncryption({ recipients }), contentOf(10));
    expect((await read(sealed, theirs)).equals(contentOf(10))).toBe(true);
  });
});

/** As a commit record would have it. */
async function objectOf(stored: Buffer, contentSize: number) {
  const { payloadSize } = await import("./payload.ts");
  const head = stored.subarray(0, stored.length - payloadSize(contentSize));
  const { hash } = await import("node:crypto");
  return { name: "x", size: stored.length, sha256: "", contentSize, headSha256: hash("sha256", head) };
}

describe("a passphrase", () => {
  it("encrypts to a file that another implementation decrypts with it, and with nothing else", async () => {
    const passphraseFile = join(temporaryDirectory(), "passphrase");
    writeFileSync(passphraseFile, "correct horse\n");
    const encryption = new AgeEncryption({ recipients: [], passphraseFile });
    expect(await encryption.describe()).toEqual({ kind: "age", recipients: [] });
    const { stored, object } = await seal(encryption, contentOf(70_000));
    const decrypter = new Decrypter();
    decrypter.addPassphrase("correct horse");
    expect(Buffer.from(await decrypter.decrypt(stored)).equals(contentOf(70_000))).toBe(true);

    const open = (keys: FileKeyring) =>
      Array.fromAsync(
        keys
          .open(new MemoryReader("memory:x", stored), { encryption: { kind: "age", recipients: [] }, object })
          .read(),
      );
    const known = new FileKeyring({ identityFiles: [], passphraseFile });
    expect(Buffer.concat(await open(known)).equals(contentOf(70_000))).toBe(true);
    const typed = new FileKeyring({ identityFiles: [], askPassphrase: async () => "correct horse" });
    expect(Buffer.concat(await open(typed)).equals(contentOf(70_000))).toBe(true);
    const wrong = new FileKeyring({ identityFiles: [], askPassphrase: async () => "battery staple" });
    await expect(open(wrong)).rejects.toThrow("the passphrase is not the one it was encrypted with");
    const none = new FileKeyring({ identityFiles: [] });
    await expect(open(none)).rejects.toMatchObject({ code: "refused" });
  });

  it("decrypts what another implementation encrypted with it", async () => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase("correct horse");
    encrypter.setScryptWorkFactor(10);
    const stored = Buffer.from(await encrypter.encrypt(contentOf(5)));
    const object = await objectOf(stored, 5);
    const keys = new FileKeyring({ identityFiles: [], askPassphrase: async () => "correct horse" });
    const reader = keys.open(new MemoryReader("memory:x", stored), {
      encryption: { kind: "age", recipients: [] },
      object,
    });
    expect(Buffer.concat(await Array.fromAsync(reader.read())).equals(contentOf(5))).toBe(true);
  });
});
