import { describe, expect, it } from "vitest";

import { formatIndexLine, parseIndexLine, type IndexEntry } from "./index-entry.ts";

const FILE: IndexEntry = {
  path: "a/b",
  type: "file",
  size: 3,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: "1.000000000",
  ctime: "1.000000000",
  inode: "18446744073709551615",
  sha256: "a".repeat(64),
  data: { offset: 512 },
};
const WHERE = { object: "local:a/files.jsonl.zst", line: 7 };

describe("a line of the index", () => {
  it("comes back as it was written", () => {
    expect(parseIndexLine(formatIndexLine(FILE), WHERE)).toEqual(FILE);
  });

  it.each<[string, object]>([
    ["path", { path: "" }],
    ["type", { type: "door" }],
    ["size", { size: -1 }],
    ["mode", { mode: 1.5 }],
    ["uid", { uid: "0" }],
    ["mtime", { mtime: "yesterday" }],
    ["inode", { inode: 12 }],
    ["target", { target: "x" }],
    ["target", { type: "symlink", sha256: undefined, data: undefined, size: 0 }],
    ["content", { type: "directory" }],
    ["sha256", { sha256: "abc" }],
    ["data", { data: undefined }],
    ["data.offset", { data: { offset: -1 } }],
    ["data.point", { data: { offset: 1, point: 5 } }],
    ["data.changed", { data: { offset: 1, changed: "melted" } }],
  ])("with a bad %s is refused by its number", (field, change) => {
    const line = JSON.stringify({ ...FILE, ...change });
    expect(() => parseIndexLine(line, WHERE)).toThrow(/line 7 is not an entry/);
    expect(() => parseIndexLine(line, WHERE)).toThrow(field);
  });

  it.each(["", "null", "[1", '"text"'])("that reads %j is refused", (line) => {
    expect(() => parseIndexLine(line, WHERE)).toThrow(/line 7 is not an entry/);
  });
});
