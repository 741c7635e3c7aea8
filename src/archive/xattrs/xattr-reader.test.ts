import { describe, expect, it } from "vitest";

import { XattrError, type EntryAt, type XattrCalls } from "./xattr-calls.ts";
import { XattrReader } from "./xattr-reader.ts";

const ENOENT = 2;
const EIO = 5;
const ENODATA = 61;
const ENOTSUP = 95;

interface Answers {
  list: string[] | number;
  values?: Record<string, string | number>;
}

/** A number is the errno of a call that fails. */
function readerOf(answer: (at: EntryAt) => Answers): { reader: XattrReader; asked: EntryAt[] } {
  const asked: EntryAt[] = [];
  const unused = (): never => {
    throw new Error("a reader sets nothing");
  };
  const calls: XattrCalls = {
    list(at) {
      asked.push(at);
      const { list } = answer(at);
      if (typeof list === "number") throw new XattrError("listxattr", list);
      return list;
    },
    get(at, name) {
      const value = answer(at).values?.[name] ?? ENODATA;
      if (typeof value === "number") throw new XattrError("getxattr", value);
      return Buffer.from(value);
    },
    set: unused,
    remove: unused,
  };
  return { reader: new XattrReader(calls), asked };
}

const FILE = { dev: 1n, isSymbolicLink: () => false };
const LINK = { dev: 1n, isSymbolicLink: () => true };

describe("reading extended attributes", () => {
  it("does not ask a file system again that has none", () => {
    const { reader, asked } = readerOf((at) => ({ list: at === "/with" ? [] : ENOTSUP }));
    for (const at of ["/a", "/b", "/c"]) expect(reader.read(at, FILE)).toBeUndefined();
    expect(reader.read("/with", { ...FILE, dev: 2n })).toBeUndefined();
    expect(reader.read("/with", { ...FILE, dev: 2n })).toBeUndefined();
    expect(asked).toEqual(["/a", "/with", "/with"]);
  });

  it("asks for files on although there are none for symlinks", () => {
    const { reader, asked } = readerOf((at) => ({ list: at === "/link" ? ENOTSUP : [] }));
    reader.read("/link", LINK);
    reader.read("/file", FILE);
    expect(asked).toEqual(["/link", "/file"]);
  });

  it("gives them in the order of their names, without one that goes away meanwhile", () => {
    const { reader } = readerOf(() => ({
      list: ["user.z", "user.gone", "user.a"],
      values: { "user.a": "1", "user.z": "2" },
    }));
    const read = reader.read(3, FILE);
    expect([...(read?.xattrs ?? [])]).toEqual([
      ["user.a", Buffer.from("1")],
      ["user.z", Buffer.from("2")],
    ]);
    expect(read?.failures).toEqual([]);
  });

  it("names what cannot be read, and gives the rest", () => {
    const { reader } = readerOf(() => ({
      list: ["user.broken", "user.\xff", "user.fine"],
      values: { "user.broken": EIO, "user.fine": "1" },
    }));
    const read = reader.read(3, FILE);
    expect([...(read?.xattrs.keys() ?? [])]).toEqual(["user.fine"]);
    expect(read?.failures).toEqual([
      { name: "user.broken", why: "getxattr failed with EIO" },
      { name: "user.\ufffd", why: "its name is not text" },
    ]);
  });

  it("takes a vanished entry for one without any, and names a failure of the whole list", () => {
    const { reader } = readerOf((at) => ({ list: at === "/gone" ? ENOENT : EIO }));
    expect(reader.read("/gone", FILE)).toBeUndefined();
    expect(reader.read("/broken", FILE)?.failures).toEqual([{ why: "listxattr failed with EIO" }]);
  });
});
