import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences, sha256, type IndexedEntry } from "../../demo/compare.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

/** A tree with one entry of each type, and the index that describes it. */
async function makeTree(): Promise<{ root: string; index: IndexedEntry[] }> {
  const root = temporaryDirectory();
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "file"), "content", { mode: 0o640 });
  linkSync(join(root, "file"), join(root, "second"));
  symlinkSync("nowhere", join(root, "symlink"));
  const digest = await sha256(join(root, "file"));
  const content = { size: 7, sha256: digest };
  const index: IndexedEntry[] = [
    { path: ".", type: "directory", size: 0, ...attributes(root) },
    { path: "empty", type: "directory", size: 0, ...attributes(join(root, "empty")) },
    { path: "file", type: "file", ...content, ...attributes(join(root, "file")) },
    { path: "second", type: "hardlink", target: "file", ...content, ...attributes(join(root, "second")) },
    { path: "symlink", type: "symlink", size: 0, target: "nowhere", ...attributes(join(root, "symlink")) },
  ];
  return { root, index };
}

function attributes(path: string): Pick<IndexedEntry, "mode" | "mtime"> {
  const { mode, mtimeNs } = lstatSync(path, { bigint: true });
  const [, seconds, nanoseconds] = /^(\d+)(\d{9})$/.exec(String(mtimeNs)) ?? [];
  return { mode: Number(mode & 0o7777n), mtime: `${seconds}.${nanoseconds}` };
}

describe("the demo's comparison of a restored tree with the index", () => {
  it("finds nothing in a tree that is what the index says", async () => {
    const { root, index } = await makeTree();
    expect(await differences(root, index)).toEqual([]);
  });

  it.each<[string, RegExp, (root: string) => void]>([
    ["a changed byte", /^file: sha256/m, (root) => writeFileSync(join(root, "file"), "CONTENT")],
    ["a file cut short", /^file: size/m, (root) => truncateSync(join(root, "file"), 3)],
    ["another mode", /^file: mode is 644, not 640$/m, (root) => chmodSync(join(root, "file"), 0o644)],
    ["another time", /^empty: mtime/m, (root) => utimesSync(join(root, "empty"), 1, 1)],
    [
      "a missing directory",
      /^empty is missing$/m,
      (root) => rmSync(join(root, "empty"), { recursive: true }),
    ],
    ["a file too many", /^extra is not in the index$/m, (root) => writeFileSync(join(root, "extra"), "")],
    [
      "a symlink to somewhere else",
      /^symlink: target is elsewhere, not nowhere$/m,
      (root) => {
        rmSync(join(root, "symlink"));
        symlinkSync("elsewhere", join(root, "symlink"));
      },
    ],
    [
      "a directory where a file was",
      /^file: type is directory, not file$/m,
      (root) => {
        rmSync(join(root, "file"));
        mkdirSync(join(root, "file"));
      },
    ],
    [
      "a copy in place of a hardlink",
      /^second: inode/m,
      (root) => {
        rmSync(join(root, "second"));
        copyFileSync(join(root, "file"), join(root, "second"));
      },
    ],
  ])("finds %s", async (_what, expected, change) => {
    const { root, index } = await makeTree();
    change(root);
    expect((await differences(root, index)).join("\n")).toMatch(expected);
  });
});
