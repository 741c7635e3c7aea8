import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runTool, stockTools } from "../../test/fakes/stock-tools.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { openForeign, type ForeignKeys } from "./open-foreign.ts";

const gpg = stockTools("gpg");
const CONTENT = randomBytes(100_000);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function open(sealed: Buffer, keys: Partial<ForeignKeys>, size = 10_000): Promise<Buffer> {
  const given = { identityFiles: [], passphraseFile: undefined, ...keys };
  return Buffer.concat(await Array.fromAsync(openForeign(inPieces(sealed, size), given, "x.tar")));
}

function secretFile(text: string): string {
  const path = join(temporaryDirectory(), "secret");
  writeFileSync(path, text);
  return path;
}

/** As docker-volume-backup's passphrase makes it, by gpg itself. */
function byGpg(passphrase: string): Buffer {
  const home = temporaryDirectory();
  writeFileSync(join(home, "content"), CONTENT);
  const options = [
    "--homedir",
    home,
    "--batch",
    "--quiet",
    "--pinentry-mode",
    "loopback",
    "--s2k-count",
    "65536",
  ];
  runTool("gpg", [...options, "--passphrase", passphrase, "--symmetric", join(home, "content")]);
  return readFileSync(join(home, "content.gpg"));
}

async function byAge(
  set: (encrypter: { setPassphrase(text: string): void; addRecipient(to: string): void }) => void,
) {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(10);
  set(encrypter);
  return Buffer.from(await encrypter.encrypt(CONTENT));
}

describe("an archive that somebody else has encrypted", () => {
  it.skipIf(gpg.areMissing)(`is opened by the passphrase of gpg, and by no other${gpg.title}`, async () => {
    const sealed = byGpg("correct horse");
    const right = secretFile("correct horse\n");
    for (const size of [100, 1e6])
      expect((await open(sealed, { passphraseFile: right }, size)).equals(CONTENT)).toBe(true);
    await expect(open(sealed, { passphraseFile: secretFile("a wrong one") })).rejects.toMatchObject({
      code: "refused",
    });
  });

  it("is opened by the passphrase and by the identity of age", async () => {
    const { generateIdentity, identityToRecipient } = await import("age-encryption");
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const toKey = await byAge((encrypter) => encrypter.addRecipient(recipient));
    const toPassphrase = await byAge((encrypter) => encrypter.setPassphrase("correct horse"));
    const identityFiles = [secretFile(`# created\n${identity}\n`)];
    expect((await open(toKey, { identityFiles })).equals(CONTENT)).toBe(true);
    const passphraseFile = secretFile("correct horse");
    expect((await open(toPassphrase, { passphraseFile })).equals(CONTENT)).toBe(true);
    await expect(open(toKey, { passphraseFile })).rejects.toMatchObject({ code: "refused" });
  });

  it.skipIf(gpg.areMissing)(
    `that is cut or altered is found to be so, and no secret is in what is said${gpg.title}`,
    async () => {
      const passphraseFile = secretFile("correct horse");
      for (const sealed of [
        byGpg("correct horse"),
        await byAge((one) => one.setPassphrase("correct horse")),
      ]) {
        const altered = Buffer.from(sealed);
        altered.writeUInt8(altered.readUInt8(60_000) ^ 1, 60_000);
        for (const bad of [sealed.subarray(0, 60_000), altered]) {
          const error: unknown = await open(bad, { passphraseFile }).catch((thrown: unknown) => thrown);
          expect(String(error)).toMatch(/damaged|cut or altered/);
          expect(String(error)).not.toContain("correct horse");
        }
      }
    },
  );

  it("that is not encrypted at all passes through", async () => {
    for (const plain of [CONTENT, Buffer.from("ab"), Buffer.alloc(0)])
      expect((await open(plain, { passphraseFile: secretFile("x") })).equals(plain)).toBe(true);
  });
});
