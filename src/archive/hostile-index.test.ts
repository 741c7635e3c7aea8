/** Indexes and seek tables that lie. Each restore must end, with a clear error, and nothing written outside of the target. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { captureVolume, readersOf, restoreHere } from "../../test/fakes/captured-volume.ts";
import { lyingObject, objectOf } from "../../test/fakes/hostile-object.ts";
import { framed, MemoryReader } from "../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { findEntry } from "./find-entries.ts";
import { formatIndexLine, type IndexEntry } from "./index-entry.ts";
import { readIndex } from "./read-index.ts";
import { encodeSeekTable } from "./seek-table.ts";

const MIB = 1024 * 1024;
const SAFE = Number.MAX_SAFE_INTEGER;

async function stage(): Promise<{ work: string; archive: Buffer; entries: IndexEntry[] }> {
  const work = temporaryDirectory();
  const root = join(work, "root");
  mkdirSync(join(root, "d"), { recursive: true });
  writeFileSync(join(root, "d/one"), "one");
  writeFileSync(join(root, "two"), "two");
  const point = await captureVolume(root);
  return {
    work,
    archive: point.archive,
    entries: await Array.fromAsync(readIndex(readersOf(point).index)),
  };
}

/** Restores an index beside a directory that must stay as it is, and gives the error. */
async function refusalOf(
  work: string,
  archive: Buffer,
  index: Buffer,
): Promise<{ code: string; message: string }> {
  const out = join(work, "out");
  mkdirSync(out, { recursive: true });
  const restored = restoreHere({
    ...readersOf({ archive, index }),
    target: join(out, "target"),
    onExisting: "refuse",
  });
  const error = await restored.then(
    () => ({ code: "none", message: "it was restored" }),
    (refusal: { code: string; message: string }) => refusal,
  );
  expect(readdirSync(out)).toEqual([]);
  return error;
}

function change(entries: IndexEntry[], path: string, to: Partial<IndexEntry>): IndexEntry[] {
  return entries.map((entry) => (entry.path === path ? { ...entry, ...to } : entry));
}

const linesOf = (entries: IndexEntry[]): Buffer => Buffer.from(entries.map(formatIndexLine).join(""));

describe("an index that lies about its entries is damaged", () => {
  const at = (offset: number): Partial<IndexEntry> => ({ data: { offset } });
  const lies: [string, (entries: IndexEntry[]) => IndexEntry[]][] = [
    ["a path twice", (all) => [...all, all.at(-1)!]],
    ["a directory twice", ([root, d, ...rest]) => [root!, d!, d!, ...rest]],
    ["the root twice", ([root, ...rest]) => [root!, root!, ...rest]],
    ["a root that is a file", ([root, ...rest]) => [{ ...rest.at(-1)!, path: root!.path }, ...rest]],
    ["a root that is a symlink", ([root]) => [{ ...root!, type: "symlink", target: "/" }]],
    ["an entry whose directory is missing", (all) => all.filter(({ path }) => path !== "d")],
    ["an entry below a FIFO", (all) => change(all, "d", { type: "fifo" })],
    ["an offset beyond the archive", (all) => change(all, "two", at(10 * MIB))],
    ["the largest offset there is", (all) => change(all, "two", at(SAFE))],
    ["another file's offset", (all) => change(all, "two", at(0))],
    ["a size beyond the archive", (all) => change(all, "two", { size: SAFE })],
    ["the largest offset and size", (all) => change(all, "two", { size: SAFE, ...at(SAFE) })],
    ["a larger size", (all) => change(all, "two", { size: 4 })],
    ["a smaller size", (all) => change(all, "two", { size: 2 })],
    ["no content where there is some", (all) => change(all, "two", { size: 0 })],
    ["a name that is too long", (all) => [...all, { ...all.at(-1)!, path: "z".repeat(300) }]],
    ["a zero byte in a name", (all) => [...all, { ...all.at(-1)!, path: "z\0z" }]],
    [
      "a way out in base64",
      (all) => [
        ...all,
        { ...all.at(-1)!, path: "z", pathBytes: Buffer.from("z/../../x").toString("base64") },
      ],
    ],
  ];
  it.each(lies)("%s", async (_, lie) => {
    const { work, archive, entries } = await stage();
    const { code } = await refusalOf(work, archive, await framed(linesOf(lie(entries))));
    expect(["damaged", "target"]).toContain(code);
  });

  it.each(["../../secret", "", "20261120T030000Z-7f3a/..", "x"])(
    "bytes in a point that none can be called: %j",
    async (point) => {
      const { work, archive, entries } = await stage();
      const lines = linesOf(change(entries, "two", { data: { offset: 0, point } }));
      expect(await refusalOf(work, archive, await framed(lines))).toMatchObject({
        code: "damaged",
        message: expect.stringContaining("data.point") as string,
      });
    },
  );
});

describe("an index whose lines are made to fill the memory is damaged", () => {
  const endless = { content: Buffer.alloc(4 * MIB, "x"), times: 256 };
  const deep = (open: string, close: string, times: number): Buffer =>
    Buffer.from(`{"path":${open.repeat(times)}1${close.repeat(times)}}\n`);
  const indexes: [string, () => Promise<Buffer>][] = [
    ["one of 1 GiB", () => objectOf(endless)],
    ["one of 1 GiB after a good one", async () => objectOf(await rootLine(), endless)],
    [
      "one of 1 GiB that ends",
      async () => objectOf(await rootLine(), endless, { content: Buffer.from("\n") }),
    ],
    ["one in very many frames", async () => objectOf({ content: Buffer.from("x"), times: 50_000 })],
    ["deep arrays", () => framed(deep("[", "]", 7 * MIB))],
    ["deep objects", () => framed(deep('{"a":', "}", 2 * MIB))],
    ["many arrays", () => framed(deep("[[],", "]", 2 * MIB))],
    ["deep arrays, not closed", () => framed(deep("[", "", 15 * MIB))],
  ];
  it.each(indexes)("%s", async (_, indexOf) => {
    const index = await indexOf();
    expect(await refusalOf(temporaryDirectory(), Buffer.alloc(0), index)).toMatchObject({ code: "damaged" });
    const found = findEntry(new MemoryReader("files.jsonl.zst", index), "x");
    await expect(found).rejects.toMatchObject({ code: "damaged" });
  });
});

describe("a seek table that lies is damaged", () => {
  const frame = { compressed: 0, decoded: 0, checksum: 0 };
  const tables: [string, () => Buffer][] = [
    ["of a frame of 4 GiB", () => lyingObject(Buffer.from("x"), 2 ** 32 - 1)],
    ["of a frame larger than any", () => lyingObject(Buffer.alloc(17 * MIB), 17 * MIB)],
    ["of a frame that holds more than it says", () => lyingObject(Buffer.alloc(MIB), 10)],
    ["of a frame that holds less than it says", () => lyingObject(Buffer.from("x"), MIB)],
    ["of frames that are not there", () => encodeSeekTable([{ ...frame, compressed: 100 }])],
    ["of frames without a byte", () => encodeSeekTable(Array.from({ length: 1000 }, () => frame))],
    [
      "of frames without a byte that are full",
      () => encodeSeekTable(Array.from({ length: 1000 }, () => ({ ...frame, decoded: MIB }))),
    ],
    ["of more frames than it has room for", () => countingTo(2 ** 32 - 1)],
    ["of fewer frames than it has room for", () => countingTo(1)],
  ];
  it.each(tables)("%s", async (_, object) => {
    const { work, archive, entries } = await stage();
    expect(await refusalOf(work, archive, object())).toMatchObject({ code: "damaged" });
    expect(await refusalOf(work, object(), await framed(linesOf(entries)))).toMatchObject({
      code: "damaged",
    });
  });

  it("wherever it is cut", async () => {
    const { work, archive, entries } = await stage();
    const index = await framed(linesOf(entries));
    for (let at = 0; at < index.length; at += 3)
      expect(await refusalOf(work, archive, index.subarray(0, at))).toMatchObject({ code: "damaged" });
  });
});

it("an index with any change to its text ends with an error or a whole tree", async () => {
  const { work, archive, entries } = await stage();
  const text = linesOf(entries);
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] ?? 0) ^ by;
      const target = join(work, `out-${at}-${by}/target`);
      const readers = readersOf({ archive, index: await framed(bytes) });
      const restored = restoreHere({ ...readers, target, onExisting: "refuse" });
      await restored.catch((error: unknown) =>
        expect(error).toMatchObject({ code: expect.any(String) as string }),
      );
      expect(readdirSync(work).filter((name) => !/^(root|out-\d+-\d+)$/.test(name))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

async function rootLine(): Promise<{ content: Buffer }> {
  const { entries } = await stage();
  return { content: linesOf(entries.slice(0, 1)) };
}

/** A table of two frames that says how many it has. */
function countingTo(count: number): Buffer {
  const none = { compressed: 0, decoded: 0, checksum: 0 };
  const table = encodeSeekTable([none, none]);
  table.writeUInt32LE(count, table.length - 9);
  return table;
}
