import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { framed, MemoryReader } from "../../test/fakes/memory-object.ts";
import { compareDepthFirst, isWithin, parentOf, ROOT_PATH } from "./byte-path.ts";
import { findEntry, listEntries, selectEntries } from "./find-entries.ts";
import { formatIndexLine, type IndexEntry } from "./index-entry.ts";

const TIMES = { mtime: "1.000000000", ctime: "1.000000000" };

function entry(path: string, type: "file" | "directory"): IndexEntry {
  const common = { path, type, size: 0, mode: 0o755, uid: 0, gid: 0, ...TIMES, inode: "1" };
  return type === "directory" ? common : { ...common, sha256: "0".repeat(64), data: { offset: 0 } };
}

/** The paths and the directories above them, in the index's order. */
function entriesOf(files: readonly string[]): IndexEntry[] {
  const directories = new Set([ROOT_PATH]);
  for (const file of files)
    for (let at = parentOf(file); at !== ROOT_PATH; at = parentOf(at)) directories.add(at);
  const all = new Set([...directories, ...files]);
  return [...all]
    .sort(compareDepthFirst)
    .map((path) => entry(path, directories.has(path) ? "directory" : "file"));
}

async function indexOf(entries: readonly IndexEntry[], slabBytes?: number): Promise<MemoryReader> {
  return new MemoryReader(
    "index",
    await framed(Buffer.from(entries.map(formatIndexLine).join("")), slabBytes),
  );
}

async function pathsOf(entries: AsyncIterable<IndexEntry>): Promise<string[]> {
  return (await Array.fromAsync(entries)).map(({ path }) => path);
}

/** Names that sort around the separator. */
const name = fc.constantFrom("a", "b", "c", "-", ".x", "a-", "a.b", "~", "z".repeat(40));
const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

describe("entries of an index in frames of any length", () => {
  it("are found by any path and any paths, as a reading of it all would find them", async () => {
    const property = fc.asyncProperty(
      fc.array(file, { maxLength: 30 }),
      fc.integer({ min: 60, max: 2000 }),
      fc.array(file, { minLength: 1, maxLength: 4 }),
      async (files, slabBytes, asked) => {
        const entries = entriesOf(files);
        const index = await indexOf(entries, slabBytes);
        const paths = entries.map(({ path }) => path);
        for (const path of paths) {
          expect((await findEntry(index, path)).path).toBe(path);
          expect(await pathsOf(listEntries(index, { path }))).toEqual(
            paths.filter((at) => isWithin(at, path)),
          );
        }
        const selected = pathsOf(selectEntries(index, asked));
        if (asked.every((path) => paths.includes(path)))
          expect(await selected).toEqual(
            paths.filter((at) => asked.some((path) => isWithin(at, path) || isWithin(path, at))),
          );
        else await expect(selected).rejects.toMatchObject({ code: "not-found" });
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it("are selected where one is asked for below another, twice, or in any order", async () => {
    const index = await indexOf(entriesOf(["a/1", "a/b/2", "c/d/3", "c/e", "f"]), 200);
    expect(await pathsOf(selectEntries(index, ["c/d/3", "a/b", "a", "./a/", "c/d/3"]))).toEqual(
      [".", "a", "a/1", "a/b", "a/b/2", "c", "c/d", "c/d/3"].sort(compareDepthFirst),
    );
  });
});

describe("one entry among many", () => {
  it("is found by reading a few frames", async () => {
    const entries = entriesOf(Array.from({ length: 3000 }, (_, i) => `directory-${i % 50}/file-${i}`));
    const index = await indexOf(entries, 4096);
    await findEntry(index, "directory-20/file-1020");
    const bytes = index.rangesRead.reduce((sum, { length }) => sum + length, 0);
    expect(index.rangesRead.length).toBeLessThan(15);
    expect(bytes).toBeLessThan(index.size / 10);
  });

  it("is not merely missing when the index is not in order", async () => {
    const entries = entriesOf(["a", "b", "c", "d"]);
    const index = await indexOf([...entries.slice(0, 2), ...entries.slice(2).reverse()]);
    await expect(findEntry(index, "c")).rejects.toMatchObject({ code: "damaged" });
  });

  it("is not taken from a line that is none", async () => {
    const lines = entriesOf(["a", "b", "c"])
      .map(formatIndexLine)
      .join("")
      .replaceAll('"size":0', '"size":-1');
    const index = new MemoryReader("index", await framed(Buffer.from(lines)));
    await expect(findEntry(index, "b")).rejects.toMatchObject({ code: "damaged" });
  });

  it("is not found in an index that holds nothing", async () => {
    const index = await indexOf([]);
    await expect(findEntry(index, "a")).rejects.toMatchObject({ code: "not-found" });
  });
});
