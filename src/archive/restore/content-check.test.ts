import { hash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { IndexEntry } from "../index-entry.ts";
import { ContentCheck } from "./content-check.ts";
import type { FrameRequest } from "./worker-channel.ts";

const CONTENT = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

function fileAt(offset: number, size: number, type: IndexEntry["type"] = "file"): IndexEntry {
  const times = { mtime: "1.000000000", ctime: "1.000000000" };
  const sha256 = hash("sha256", CONTENT.subarray(offset, offset + size));
  const facts = { path: `file-${offset}`, type, size, mode: 0o644, uid: 0, gid: 0, inode: "1" };
  return { ...facts, ...times, sha256, data: { offset }, ...(type === "hardlink" ? { target: "x" } : {}) };
}

function framesOf(content: Buffer, size: number): FrameRequest[] {
  const starts = Array.from({ length: Math.ceil(content.length / size) }, (_, i) => i * size);
  const facts = { kind: "frame", point: undefined, memory: 0, dropped: [] } as const;
  return starts.map((start) => ({
    ...facts,
    dropped: [],
    start,
    content: content.subarray(start, start + size),
  }));
}

function checkAll(files: IndexEntry[], frames: FrameRequest[]): void {
  const check = new ContentCheck();
  check.entries(files);
  for (const frame of frames) check.frame(frame);
  check.end();
}

/** Files one after the other, with gaps, and the size of the frames that cut them. */
const layout = fc.record({
  sizes: fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 12 }),
  gap: fc.nat({ max: 20 }),
  frameSize: fc.integer({ min: 1, max: 1500 }),
});

function filesOf({ sizes, gap }: { sizes: number[]; gap: number }): IndexEntry[] {
  let end = 0;
  return sizes.flatMap((size) => {
    const offset = end + gap;
    end = offset + size;
    return end <= CONTENT.length ? [fileAt(offset, size)] : [];
  });
}

describe("the check of contents that pass by", () => {
  it("takes what was archived, wherever frames cut it", () => {
    fc.assert(
      fc.property(layout, (it) => {
        checkAll(filesOf(it), framesOf(CONTENT, it.frameSize));
      }),
    );
  });

  it("refuses a file of which any byte is another one", () => {
    fc.assert(
      fc.property(layout, fc.nat(), fc.integer({ min: 1, max: 255 }), (it, pick, change) => {
        const files = filesOf(it).filter(({ size }) => size > 0);
        fc.pre(files.length > 0);
        const { data, size } = files[pick % files.length]!;
        const content = Buffer.from(CONTENT);
        const at = data!.offset + (pick % size);
        content[at] = content[at]! ^ change;
        expect(() => checkAll(files, framesOf(content, it.frameSize))).toThrow(/does not match the digest/);
      }),
    );
  });

  it("refuses an empty file with the digest of another one", () => {
    expect(() => checkAll([{ ...fileAt(0, 0), sha256: "0".repeat(64) }], [])).toThrow(/does not match/);
  });

  it("does not end while a frame of a file has not come", () => {
    const frames = framesOf(CONTENT, 1000);
    expect(() => checkAll([fileAt(500, 2000)], frames.slice(0, 2))).toThrow(/not where the index says/);
    expect(() => checkAll([fileAt(500, 2000)], [frames[0]!, frames[2]!])).toThrow(/not where the index says/);
  });

  it("leaves hardlinks, most of which need no content, to the writer", () => {
    checkAll([fileAt(0, 10, "hardlink")], []);
  });

  it("asks no frames for what was taken over from the target", () => {
    const taken = { ...fileAt(0, 10), taken: { name: "1", isLink: true } };
    checkAll([taken, fileAt(20, 10)], framesOf(CONTENT, 5000));
  });
});
