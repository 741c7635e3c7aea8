import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { IndexEntry } from "../index-entry.ts";
import { LossReport } from "./loss-report.ts";
import { createMetadata } from "./metadata.ts";
import { SpecialFiles } from "./special-files.ts";
import { TreeWriter } from "./write-tree.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function entry(type: IndexEntry["type"], path: string, more: Partial<IndexEntry> = {}): IndexEntry {
  const { uid, gid } = statSync(".");
  const times = { mtime: "1000000000.000000000", ctime: "1000000000.000000000" };
  const content = type === "file" ? { sha256: EMPTY, data: { offset: 0 } } : {};
  const mode = type === "directory" ? 0o755 : 0o644;
  return { path, type, size: 0, mode, uid, gid, ...times, inode: "1", ...content, ...more };
}

/** Somebody else moves the directory that is being filled away, and puts a link to theirs in its place. */
describe("a tree whose directory is swapped for a symlink while it is written", () => {
  let root: string;
  let theirs: string;
  let writer: TreeWriter;

  beforeEach(() => {
    [root, theirs] = [temporaryDirectory(), temporaryDirectory()];
    const losses = new LossReport();
    writer = new TreeWriter({
      ...{ root, pool: join(root, "pool") },
      frames: {
        holding: () => {
          throw new Error("nothing has content");
        },
      },
      metadata: createMetadata({ isRoot: process.geteuid?.() === 0, losses }),
      specials: new SpecialFiles({ withDevices: false, losses }),
    });
    for (const path of [".", "a"]) writer.write(entry("directory", path));
  });

  function swap(): void {
    renameSync(join(root, "a"), join(root, "away"));
    symlinkSync(theirs, join(root, "a"));
  }

  it.each([
    ["a file", entry("file", "a/it")],
    ["a directory", entry("directory", "a/it")],
    ["a FIFO", entry("fifo", "a/it")],
    ["a symlink", entry("symlink", "a/it", { target: "x" })],
  ])("gets %s where it belongs, and nothing goes through the link", (_, made) => {
    const before = statSync(theirs, { bigint: true });
    swap();
    writer.write(made);
    writer.finish();
    expect(readdirSync(theirs)).toEqual([]);
    const { mode, mtimeNs, ctimeNs } = statSync(theirs, { bigint: true });
    expect({ mode, mtimeNs, ctimeNs }).toEqual({
      ...{ mode: before.mode, mtimeNs: before.mtimeNs, ctimeNs: before.ctimeNs },
    });
    expect(readdirSync(join(root, "away"))).toEqual(["it"]);
    expect(lstatSync(join(root, "away")).mtimeMs).toBe(1e12);
  });

  it("is not entered when the link is there before it", () => {
    writer.write(entry("file", "a/first"));
    mkdirSync(join(root, "kept"));
    symlinkSync(theirs, join(root, "b"));
    expect(() => writer.write(entry("directory", "b"))).toThrow(/EEXIST/);
    expect(readFileSync(join(root, "a/first"), "utf8")).toBe("");
    expect(readdirSync(theirs)).toEqual([]);
  });
});
