import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { framed, MemoryReader } from "../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { readIndex } from "../../archive/read-index.ts";
import { SlabWriter } from "../../archive/slab-writer.ts";
import { TreePacker } from "../../archive/tree-packer.ts";
import { verifyArchive } from "../../archive/verify-archive.ts";
import type { IndexEntry } from "../../archive/index-entry.ts";
import { PackReport } from "../pack-report.ts";
import { packTree } from "./pack-tree.ts";
import { createSelection } from "../selection.ts";
import type { TreeFs } from "./tree-fs.ts";

/** Slabs far smaller than the real ones, so that files span several. */
function collector(): { writer: SlabWriter; bytes: () => Buffer } {
  const slabs: Buffer[] = [];
  const writer = new SlabWriter({
    acquire: () => Buffer.alloc(4096),
    submit: (slab, length) => slabs.push(slab.subarray(0, length)),
  });
  return { writer, bytes: () => Buffer.concat(slabs) };
}

async function pack(
  root: string,
  changes: Partial<TreeFs>,
): Promise<{ report: PackReport; entries: IndexEntry[] }> {
  const archive = collector();
  const index = collector();
  const report = new PackReport();
  const packer = new TreePacker({ archive: archive.writer, index: index.writer });
  packTree({ root, selection: createSelection({}), packer, fs: { ...fs, ...changes }, report });
  const reader = new MemoryReader("index", await framed(index.bytes()));
  const stored = new MemoryReader("archive", await framed(archive.bytes()));
  // Whatever happened to the files, tar and index agree.
  expect(await Array.fromAsync(verifyArchive({ index: reader, archive: stored }))).toEqual([]);
  return { report, entries: await Array.fromAsync(readIndex(reader)) };
}

/** Acts once, right after the first read of a file. */
function afterFirstRead(act: () => void): Partial<TreeFs> {
  let done = false;
  return {
    readSync: ((...parameters: Parameters<typeof fs.readSync>) => {
      const count = fs.readSync(...parameters);
      if (!done) act();
      done = true;
      return count;
    }) as typeof fs.readSync,
  };
}

function treeWith(size: number): { root: string; file: string } {
  const root = temporaryDirectory();
  const file = join(root, "file");
  fs.writeFileSync(file, Buffer.alloc(size, 7));
  fs.writeFileSync(join(root, "next"), "the next file is whole");
  return { root, file };
}

describe("a file that does not stand still while it is packed", () => {
  it("is cut to the size it had, when it grows", async () => {
    const { root, file } = treeWith(10_000);
    const { report, entries } = await pack(
      root,
      afterFirstRead(() => fs.appendFileSync(file, "more")),
    );
    expect(report.warnings).toMatchObject([{ path: "file", problem: "grew" }]);
    expect(entries[1]).toMatchObject({ path: "file", size: 10_000, data: { changed: "grew" } });
  });

  it("is filled with zeros to the size it had, when it shrinks", async () => {
    const { root, file } = treeWith(10_000);
    const { report, entries } = await pack(
      root,
      afterFirstRead(() => fs.truncateSync(file, 5000)),
    );
    expect(report.warnings).toMatchObject([{ path: "file", problem: "shrank" }]);
    expect(entries[1]).toMatchObject({ path: "file", size: 10_000, data: { changed: "shrank" } });
    expect(entries[2]).toMatchObject({ path: "next", size: 22 });
  });

  it("is marked, when it is written to in place", async () => {
    const { root, file } = treeWith(10_000);
    const rewrite = (): void => fs.utimesSync(file, 5, 5);
    const { report } = await pack(root, afterFirstRead(rewrite));
    expect(report.warnings).toMatchObject([{ path: "file", problem: "changed" }]);
  });

  it("is marked, when it is written to in place and its time is set back", async () => {
    const { root, file } = treeWith(10_000);
    const { atime, mtime } = fs.statSync(file);
    const rewrite = (): void => {
      fs.writeFileSync(file, Buffer.alloc(10_000, 8));
      fs.utimesSync(file, atime, mtime);
    };
    fs.utimesSync(file, atime, mtime);
    const { report } = await pack(root, afterFirstRead(rewrite));
    expect(report.warnings).toMatchObject([{ path: "file", problem: "changed" }]);
  });

  it("is not marked, when only its mode is changed", async () => {
    const { root, file } = treeWith(10_000);
    const { report } = await pack(
      root,
      afterFirstRead(() => fs.chmodSync(file, 0o600)),
    );
    expect(report.warnings).toEqual([]);
  });

  it("is under all of its names as old as its content, when it is written to between two of them", async () => {
    const { root, file } = treeWith(10_000);
    fs.linkSync(file, join(root, "later"));
    const lstatSync = ((path: fs.PathLike, options: fs.StatSyncOptions) => {
      if (path === join(root, "later")) fs.writeFileSync(file, Buffer.alloc(10_000, 8));
      return fs.lstatSync(path, options);
    }) as typeof fs.lstatSync;
    const { entries } = await pack(root, { lstatSync });
    const [first, second] = ["file", "later"].map((name) => entries.find(({ path }) => path === name));
    expect(second).toMatchObject({ type: "hardlink", ctime: first?.ctime, sha256: first?.sha256 });
  });

  it("is packed whole, when it is deleted after it was opened", async () => {
    const { root, file } = treeWith(10_000);
    const { report, entries } = await pack(
      root,
      afterFirstRead(() => fs.unlinkSync(file)),
    );
    expect(report.warnings).toEqual([]);
    expect(entries.map(({ path }) => path)).toEqual([".", "file", "next"]);
  });

  it("is left out, when it vanishes before it was opened", async () => {
    const { root, file } = treeWith(10);
    const openSync = ((path: fs.PathLike, flags: fs.OpenMode) => {
      fs.rmSync(file, { force: true });
      return fs.openSync(path, flags);
    }) as typeof fs.openSync;
    const { report, entries } = await pack(root, { openSync });
    expect(report.warnings).toMatchObject([{ path: "file", problem: "vanished" }]);
    expect(entries.map(({ path }) => path)).toEqual([".", "next"]);
  });

  it("is not followed, when a symlink takes its place before it was opened", async () => {
    const { root, file } = treeWith(10);
    const openSync = ((path: fs.PathLike, flags: fs.OpenMode) => {
      if (path === file) fs.rmSync(file, { force: true });
      if (path === file) fs.symlinkSync("/etc/passwd", file);
      return fs.openSync(path, flags);
    }) as typeof fs.openSync;
    const { report, entries } = await pack(root, { openSync });
    expect(report.warnings).toMatchObject([{ path: "file", problem: "vanished" }]);
    expect(entries.map(({ path }) => path)).toEqual([".", "next"]);
  });
});

describe("what cannot be read", () => {
  it("is a warning for the file, and the rest is packed", async () => {
    const { root, file } = treeWith(10);
    const openSync = ((path: fs.PathLike, flags: fs.OpenMode) => {
      if (path === file) throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
      return fs.openSync(path, flags);
    }) as typeof fs.openSync;
    const { report, entries } = await pack(root, { openSync });
    expect(report.warnings).toMatchObject([{ path: "file", problem: "unreadable" }]);
    expect(entries.map(({ path }) => path)).toEqual([".", "next"]);
  });

  it("is zeros from where the disk failed, and a warning", async () => {
    const { root } = treeWith(10_000);
    let reads = 0;
    const readSync = ((...parameters: Parameters<typeof fs.readSync>) => {
      reads += 1;
      if (reads === 2) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      return fs.readSync(...parameters);
    }) as typeof fs.readSync;
    const { report, entries } = await pack(root, { readSync });
    expect(report.warnings).toMatchObject([{ path: "file", problem: "unreadable" }]);
    expect(entries[1]).toMatchObject({ size: 10_000, data: { changed: "shrank" } });
  });

  it("ends the capture when the failure is not about one entry", async () => {
    const { root } = treeWith(10);
    const lstatSync = (() => {
      throw new TypeError("a defect");
    }) as unknown as typeof fs.lstatSync;
    await expect(pack(root, { lstatSync })).rejects.toThrow("a defect");
  });
});
