/** Tars that are cut, damaged, or far more than they look like, and a tree that is changed while it is written. */
import * as fs from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { captureVolume, describeTree } from "../../../test/fakes/captured-volume.ts";
import { base256, END, importBytes, pax, rawMember, tarOf } from "../../../test/fakes/raw-tar.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { isStagingName } from "../restore/staging-name.ts";

const GIB = 2 ** 30;
const TAR = tarOf(
  { name: "d", type: "5", mode: 0o755 },
  { name: "d/file", content: Buffer.alloc(2000, "content") },
  pax({ path: `d/${"long name ".repeat(20)}` }),
  { name: "short", content: "long" },
  { name: "link", type: "2", linkName: "d" },
  { name: "hard", type: "1", linkName: "d/file" },
);

/** Either all of it is there or nothing; says which, or gives the code of the error. */
async function outcomeOf(bytes: Buffer, whole: Map<string, string>): Promise<string> {
  const work = temporaryDirectory();
  const target = join(work, "target");
  try {
    await importBytes(bytes, target);
  } catch (error) {
    expect(fs.readdirSync(work)).toEqual([]);
    return (error as { code: string }).code;
  }
  const restored = describeTree(target);
  expect([...restored.keys()]).toEqual([...whole.keys()]);
  // The root's own time is not in the tar.
  expect([...restored].slice(1)).toEqual([...whole].slice(1));
  return "whole";
}

async function treeOf(bytes: Buffer): Promise<Map<string, string>> {
  const target = join(temporaryDirectory(), "target");
  await importBytes(bytes, target);
  return describeTree(target);
}

describe("an archive that was cut", () => {
  it("at any block, or within one, is damaged unless only the end's zeros are missing", async () => {
    const whole = await treeOf(TAR);
    for (let at = 0; at <= TAR.length; at += 256) {
      const outcome = await outcomeOf(TAR.subarray(0, at), whole);
      expect(`${at} ${outcome}`).toBe(`${at} ${at >= TAR.length - 512 ? "whole" : "damaged"}`);
    }
  });

  it("at any byte of its zstd frames is damaged", async () => {
    const whole = await treeOf(TAR);
    const half = TAR.length / 2;
    const stored = Buffer.concat([
      zstdCompressSync(TAR.subarray(0, half)),
      zstdCompressSync(TAR.subarray(half)),
    ]);
    for (let at = 0; at < stored.length; at += 1) {
      expect(`${at} ${await outcomeOf(stored.subarray(0, at), whole)}`).toBe(`${at} damaged`);
    }
    expect(await outcomeOf(stored, whole)).toBe("whole");
  });

  it("at any byte of its gzip is damaged", async () => {
    const whole = await treeOf(TAR);
    const stored = gzipSync(TAR);
    for (let at = 0; at < stored.length; at += 3) {
      expect(`${at} ${await outcomeOf(stored.subarray(0, at), whole)}`).toBe(`${at} damaged`);
    }
  });

  it("anywhere, of ours, is damaged unless all of the tar is there", async () => {
    const root = join(temporaryDirectory(), "root");
    fs.mkdirSync(root);
    for (let i = 0; i < 20; i += 1) fs.writeFileSync(join(root, `file-${i}`), `${i}`.repeat(1000));
    const { archive } = await captureVolume(root);
    const whole = await treeOf(archive);
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), async (at) => {
        // Cut between the tar and the table that follows it, nothing is missing.
        expect(["damaged", "whole"]).toContain(await outcomeOf(archive.subarray(0, at), whole));
      }),
      { numRuns: 100 },
    );
  });
});

describe("an archive with any byte changed", () => {
  it.each([
    ["of ours", (tar: Buffer): Buffer => tar],
    ["in gzip", (tar: Buffer): Buffer => gzipSync(tar)],
  ])("%s ends with an error or a whole tree, and nothing beside it", async (_, store) => {
    const stored = store(TAR);
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(stored);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const work = temporaryDirectory();
        await importBytes(bytes, join(work, "target")).catch(() => undefined);
        expect(fs.readdirSync(work).filter((name) => name !== "target")).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

/** A zstd frame that says "the same byte", 128 KiB a time: 4 bytes stored for each. */
function frameOfZeros(bytes: number): Buffer {
  const blocks = Math.ceil(bytes / 2 ** 17);
  const frame = Buffer.alloc(6 + blocks * 4);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  for (let i = 0; i < blocks; i += 1) {
    frame.writeUIntLE(((2 ** 17) << 3) | 2 | (i === blocks - 1 ? 1 : 0), 6 + i * 4, 3);
  }
  return frame;
}

describe("a bomb", () => {
  it("of one file, small as it is stored, is refused before it is written", async () => {
    const size = base256(300n * BigInt(GIB));
    const bomb = zstdCompressSync(rawMember({ name: "zeros", raw: { size } }));
    const bytes = Buffer.concat([bomb, frameOfZeros(300 * GIB)]);
    expect(bytes.length).toBeLessThan(16 * 2 ** 20);
    expect(await outcomeOf(bytes, new Map())).toBe("refused");
  });

  it("of many files is refused once they need more than is free", async () => {
    const content = Buffer.alloc(1000);
    const members = Array.from({ length: 100 }, (_, i) => rawMember({ name: `file-${i}`, content }));
    const bytes = zstdCompressSync(Buffer.concat([...members, END]));
    const target = join(temporaryDirectory(), "target");
    const limits = { maxBytes: 50_000 };
    await expect(importBytes(bytes, target, { limits })).rejects.toMatchObject({ code: "refused" });
    await importBytes(bytes, target, { limits: { maxBytes: 100_000 } });
  });

  const millions: [string, Buffer][] = [
    ["files", rawMember({ name: "file" })],
    ["directories", rawMember({ name: "d", type: "5" })],
    ["symlinks", rawMember({ name: "l", type: "2", linkName: "x" })],
    ["pax headers", pax({ comment: "x" })],
    ["global pax headers", pax({ comment: "x" }, "g")],
    ["long names", rawMember({ name: "L", type: "L", content: "name" })],
    ["members of an unknown type", rawMember({ name: "odd", type: "Z" })],
  ];
  it.each(millions)("of too many %s is refused", async (_, member) => {
    const bytes = zstdCompressSync(Buffer.concat([...Array.from({ length: 1001 }, () => member), END]));
    const target = join(temporaryDirectory(), "target");
    const imported = importBytes(bytes, target, { limits: { maxEntries: 1000 } });
    await expect(imported).rejects.toMatchObject({ code: "refused" });
  });

  it("behind the end of the tar is left alone", async () => {
    const bytes = Buffer.concat([zstdCompressSync(TAR), frameOfZeros(300 * GIB)]);
    const target = join(temporaryDirectory(), "target");
    const { warnings } = await importBytes(bytes, target);
    expect(warnings.join()).toContain("end of the tar");
  });

  it("that wants a window larger than may be is damaged", async () => {
    const frame = frameOfZeros(GIB);
    frame[5] = 0xb0;
    expect(await outcomeOf(frame, new Map())).toBe("damaged");
  });

  it("of a frame that holds more than it says is damaged", async () => {
    const blocks = frameOfZeros(GIB).subarray(6);
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 100]), blocks]);
    expect(await outcomeOf(frame, new Map())).toBe("damaged");
  });
});

describe("a directory that is swapped for a symlink while it is written", () => {
  const members = [
    { name: "d", type: "5" },
    { name: "d/first", content: "first" },
    { name: "elsewhere/file", content: "file" },
    { name: "d/second", content: "second" },
    { name: "d/third", type: "5" },
    { name: "d/fourth", type: "2", linkName: "x" },
    { name: "hard", type: "1", linkName: "d/first" },
  ];
  it.each(members.map(({ name }, i) => [name, i + 1]))("after %s leads nowhere else", async (_, after) => {
    const work = temporaryDirectory();
    const outside = join(work, "outside");
    fs.mkdirSync(outside);
    fs.writeFileSync(join(outside, "first"), "not yours");
    const before = describeTree(outside);
    const onProgress = ({ entries }: { entries: number }): void => {
      if (entries !== after) return;
      const staging = join(work, fs.readdirSync(work).find((name) => isStagingName(name)) ?? "");
      fs.renameSync(join(staging, "d"), join(staging, "moved"));
      fs.symlinkSync(outside, join(staging, "d"));
    };
    await importBytes(tarOf(...members), join(work, "target"), { onProgress }).catch(() => undefined);
    expect(describeTree(outside)).toEqual(before);
  });
});
