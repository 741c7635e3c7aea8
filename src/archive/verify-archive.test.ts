import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { captureVolume, type CapturedVolume } from "../../test/fakes/captured-volume.ts";
import { framed, MemoryReader } from "../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { decodeObject } from "./decode-frames.ts";
import { FramedObject } from "./framed-object.ts";
import { readIndex } from "./read-index.ts";
import { verifyArchive, type VerifyProblem } from "./verify-archive.ts";
import { formatIndexLine, type IndexEntry } from "./index-entry.ts";

async function captured(): Promise<CapturedVolume> {
  const root = temporaryDirectory();
  mkdirSync(join(root, "d"));
  writeFileSync(join(root, "d/first.txt"), "first ".repeat(2000));
  writeFileSync(
    join(root, "second.txt"),
    Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 7) % 251)),
  );
  return captureVolume(root);
}

function verify({ archive, index }: Pick<CapturedVolume, "archive" | "index">): Promise<VerifyProblem[]> {
  return Array.fromAsync(
    verifyArchive({ index: new MemoryReader("index", index), archive: new MemoryReader("archive", archive) }),
  );
}

async function decoded(object: Buffer): Promise<Buffer> {
  const frames = decodeObject(await FramedObject.open(new MemoryReader("object", object)));
  return Buffer.concat((await Array.fromAsync(frames)).map(({ content }) => content));
}

async function withEntries(
  point: CapturedVolume,
  change: (entries: IndexEntry[]) => IndexEntry[],
): Promise<Buffer> {
  const entries = await Array.fromAsync(readIndex(new MemoryReader("index", point.index)));
  return framed(Buffer.from(change(entries).map(formatIndexLine).join("")));
}

describe("verifying an archive", () => {
  it("finds nothing wrong with what was just captured", async () => {
    expect(await verify(await captured())).toEqual([]);
  });

  /** A few bits of a frame's padding mean nothing: those only the digest of the whole object finds, which run-verify checks. */
  it("finds any byte that changes what is decoded, in either object", async () => {
    const point = await captured();
    const object = fc.constantFrom("archive" as const, "index" as const);
    const flip = fc.record({ object, at: fc.nat(), to: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(flip, async ({ object, at, to }) => {
        const bytes = Buffer.from(point[object]);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ to;
        const problems = await verify({ ...point, [object]: bytes });
        if (problems.length === 0) expect(await decoded(bytes)).toEqual(await decoded(point[object]));
      }),
      { numRuns: 150 },
    );
  });

  it("finds a flip in every byte of the headers and of the seek table", async () => {
    const point = await captured();
    const { length } = point.archive;
    for (const at of [...Array(9).keys(), ...Array.from({ length: 25 }, (_, i) => length - 1 - i)]) {
      for (const bit of [0x01, 0x10, 0x80]) {
        const archive = Buffer.from(point.archive);
        archive[at] = (archive[at] ?? 0) ^ bit;
        expect(await verify({ ...point, archive }), `byte ${at}, bit ${bit}`).not.toEqual([]);
      }
    }
  });

  it("names the files that a damaged frame holds", async () => {
    const point = await captured();
    const archive = Buffer.from(point.archive);
    archive[archive.length >> 1] = (archive[archive.length >> 1] ?? 0) ^ 1;
    const problems = await verify({ ...point, archive });
    expect(problems[0]?.message).toContain("frame 1 of 1");
    expect(problems.map(({ path }) => path)).toEqual([undefined, "d/first.txt", "second.txt"]);
  });

  it.each([0, 0.1, 0.5, 0.99])("finds an archive cut to %f of its length", async (share) => {
    const point = await captured();
    const length = Math.floor(point.archive.length * share);
    expect(await verify({ ...point, archive: point.archive.subarray(0, length) })).toHaveLength(1);
  });

  it("names what only the index or only the archive has", async () => {
    const point = await captured();
    const without = await withEntries(point, (entries) =>
      entries.filter(({ path }) => path !== "d/first.txt"),
    );
    expect((await verify({ ...point, index: without })).map(({ message }) => message)).toEqual([
      "d/first.txt is in the archive but not in the index",
    ]);
    const more = await withEntries(point, (entries) => [
      ...entries,
      { ...entries.at(-1)!, path: "third.txt" },
    ]);
    expect((await verify({ ...point, index: more })).map(({ message }) => message)).toEqual([
      "third.txt is in the index but not in the archive",
    ]);
  });

  it.each([
    ["mode", { mode: 0o777 }],
    ["owner", { uid: 99 }],
    ["time", { mtime: "1.000000000" }],
    ["digest", { sha256: "0".repeat(64) }],
  ])("names the file whose %s is not the index's", async (word, change) => {
    const point = await captured();
    const index = await withEntries(point, (entries) =>
      entries.map((entry) => (entry.path === "second.txt" ? { ...entry, ...change } : entry)),
    );
    const problems = await verify({ ...point, index });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      path: "second.txt",
      message: expect.stringContaining(word) as string,
    });
  });

  it("tells an archive of another point from its own", async () => {
    const point = await captured();
    const root = temporaryDirectory();
    writeFileSync(join(root, "other"), "other");
    const other = await captureVolume(root);
    expect(await verify({ archive: other.archive, index: point.index })).not.toEqual([]);
  });
});
