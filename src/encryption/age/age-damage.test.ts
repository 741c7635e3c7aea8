/** Whatever happens to the stored bytes of an age file, no byte comes out of it that did not go in. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { MemoryReader } from "../../../test/fakes/memory-object.ts";
import { seal, type SealedBytes } from "../../../test/fakes/sealed-objects.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { FileKeyring } from "../keyring.ts";
import { AgeEncryption } from "./age-encryption.ts";
import { CHUNK_BYTES, payloadSize, SEALED_CHUNK_BYTES } from "./payload.ts";

const CONTENT = Buffer.alloc(4 * CHUNK_BYTES + 1000, "what was backed up; ");

let keys: FileKeyring;
let sealed: SealedBytes;
let other: SealedBytes;
let headBytes: number;

beforeEach(async () => {
  const identity = await generateIdentity();
  const file = join(temporaryDirectory(), "identity");
  writeFileSync(file, identity);
  keys = new FileKeyring({ identityFiles: [file] });
  const encryption = new AgeEncryption({ recipients: [await identityToRecipient(identity)] });
  sealed = await seal(encryption, CONTENT);
  other = await seal(encryption, CONTENT);
  headBytes = sealed.stored.length - payloadSize(CONTENT.length);
});

async function readOf(stored: Buffer, range?: { offset: number; length: number }) {
  const about = {
    encryption: { kind: "age" as const, recipients: ["age1…"] },
    object: sealed.object,
    whoseHead: (sha256: string) =>
      sha256 === other.object.headSha256 ? "archive.tar.zst of recovery point P" : undefined,
  };
  const reader = keys.open(new MemoryReader("memory:x", stored), about);
  const given: Uint8Array[] = [];
  try {
    for await (const chunk of reader.read(range === undefined ? {} : { range }))
      given.push(Buffer.from(chunk));
  } catch (error) {
    return { content: Buffer.concat(given), error };
  }
  return { content: Buffer.concat(given), error: undefined };
}

async function expectDamaged(stored: Buffer): Promise<void> {
  const { content, error } = await readOf(stored);
  expect(error).toMatchObject({ code: "damaged" });
  expect(content.equals(CONTENT.subarray(0, content.length))).toBe(true);
}

const chunkAt = (number: number): number => headBytes + number * SEALED_CHUNK_BYTES;

describe("an age file that is not as it was written", () => {
  it("is found out by any bit that is another one, in header, nonce, content and tags", async () => {
    const borders = [
      0,
      30,
      headBytes - 17,
      headBytes - 1,
      headBytes,
      ...[1, 2, 4].flatMap((n) => [chunkAt(n) - 16, chunkAt(n) - 1, chunkAt(n)]),
    ];
    for (const at of [...borders, sealed.stored.length - 1]) await expectDamaged(flipped(at, 0x01));
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.stored.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) =>
        expectDamaged(flipped(at, mask)),
      ),
      { numRuns: 60 },
    );
  });

  function flipped(at: number, mask: number): Buffer {
    const bytes = Buffer.from(sealed.stored);
    bytes[at] = (bytes[at] ?? 0) ^ mask;
    return bytes;
  }

  it("is found out when it is cut, at the border of a chunk too", async () => {
    for (const length of [
      0,
      10,
      headBytes,
      ...[1, 2, 3, 4].map(chunkAt),
      chunkAt(2) + 20,
      sealed.stored.length - 1,
    ])
      await expectDamaged(sealed.stored.subarray(0, length));
  });

  it("is found out when chunks are swapped, doubled, left out or those of another file", async () => {
    const chunk = (from: Buffer, number: number) => from.subarray(chunkAt(number), chunkAt(number + 1));
    const put = (number: number, bytes: Buffer) => {
      const all = Buffer.from(sealed.stored);
      all.set(bytes, chunkAt(number));
      return all;
    };
    const { stored } = sealed;
    const swapped = put(1, chunk(stored, 2));
    swapped.set(chunk(stored, 1), chunkAt(2));
    await expectDamaged(swapped);
    await expectDamaged(put(2, chunk(stored, 1)));
    await expectDamaged(put(0, chunk(other.stored, 0)));
    await expectDamaged(Buffer.concat([stored.subarray(0, chunkAt(1)), stored.subarray(chunkAt(2))]));
  });

  it("is told from another one under the same key", async () => {
    const { error } = await readOf(other.stored);
    expect(error).toMatchObject({ code: "damaged" });
    expect((error as Error).message).toContain(
      "it is archive.tar.zst of recovery point P: objects were swapped",
    );
  });

  it("gives out the parts of it that are whole", async () => {
    const bytes = flipped(chunkAt(1) + 5, 0xff);
    const whole = await readOf(bytes, { offset: 2 * CHUNK_BYTES, length: CHUNK_BYTES + 10 });
    expect(whole.error).toBeUndefined();
    expect(whole.content.equals(CONTENT.subarray(2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 10))).toBe(true);
    const broken = await readOf(bytes, { offset: CHUNK_BYTES, length: 1 });
    expect(broken.error).toMatchObject({ code: "damaged" });
  });
});
