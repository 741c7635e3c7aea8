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
const BARE = { ...FILE, size: 0 };
delete BARE.sha256;
delete BARE.data;
const DEVICE = { type: "character-device", sha256: undefined, data: undefined, size: 0 };
const WHERE = { object: "local:a/files.jsonl.zst", line: 7 };

describe("a line of the index", () => {
  it("comes back as it was written", () => {
    expect(parseIndexLine(formatIndexLine(FILE), WHERE)).toEqual(FILE);
  });

  it.each<IndexEntry>([
    { ...FILE, xattrs: { "user.a": "AA==", "system.posix_acl_access": "" } },
    { ...BARE, type: "fifo" },
    { ...BARE, type: "character-device", device: { major: 1, minor: 3 } },
  ])("comes back with what some entries have", (entry) => {
    expect(parseIndexLine(formatIndexLine(entry), WHERE)).toEqual(entry);
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
    ["content", { type: "fifo" }],
    ["device", { type: "block-device", sha256: undefined, data: undefined, size: 0 }],
    ["device", { device: { major: 1, minor: 3 } }],
    ["device", { ...DEVICE, device: { major: 1, minor: -3 } }],
    ["device", { ...DEVICE, device: { major: 2 ** 32, minor: 0 } }],
    ["xattrs", { xattrs: { "user.a": 5 } }],
    ["xattrs", { xattrs: { "user.a": "not base64!" } }],
    ["xattrs", { xattrs: { "": "" } }],
    ["xattrs", { xattrs: ["AA=="] }],
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
