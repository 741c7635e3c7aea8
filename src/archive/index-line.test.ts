import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toText } from "./byte-path.ts";
import { DATABASE_KINDS } from "../domain/embedded-database.ts";
import { CHANGES, parseIndexLine, rawMember, rawPath, rawTarget } from "./index-entry.ts";
import { indexLine, type EntryStats } from "./index-line.ts";
import { parseTimestamp } from "./timestamp.ts";

/** Any bytes, and what JSON has to escape, and text that is not ASCII. */
const name = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ minLength: 1, unit: "binary" }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('a"b', "back\\slash", "new\nline", "\u2028", "žluťoučký", "\x7f", "😀")
      .map((text) => Buffer.from(text)),
  )
  .map((bytes) => bytes.toString("latin1"));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
const id = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const stats = fc.record({
  ...{ size: fc.bigInt({ min: 0n, max: 2n ** 53n }), mode: id, uid: id, gid: id },
  ...{ mtimeNs: time, ctimeNs: time, ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  xattrs: fc.option(
    fc
      .dictionary(fc.constantFrom("user.a", "user.žluť"), fc.uint8Array())
      .map((values) => new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)]))),
    { nil: undefined },
  ),
});
const content = fc.record({
  ...{ offset: count, size: count, holes: fc.option(fc.nat(), { nil: undefined }) },
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  changed: fc.option(fc.constantFrom(...CHANGES), { nil: undefined }),
  point: fc.option(fc.constant("20261120T030000Z-7f3a"), { nil: undefined }),
  member: fc.option(name, { nil: undefined }),
  database: fc.option(fc.constantFrom(...DATABASE_KINDS), { nil: undefined }),
});

function read(line: string) {
  expect(line.endsWith("}\n")).toBe(true);
  return parseIndexLine(Buffer.from(line, "latin1").toString("utf8").slice(0, -1), { object: "of a test" });
}

function metadataOf({ mode, uid, gid, mtimeNs, ctimeNs, ino }: EntryStats) {
  return {
    mode: Number(mode) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    mtimeNs,
    ctimeNs,
    inode: String(ino),
  };
}

function readMetadata(entry: ReturnType<typeof read>) {
  const { mode, uid, gid, mtime, ctime, inode } = entry;
  return { mode, uid, gid, mtimeNs: parseTimestamp(mtime), ctimeNs: parseTimestamp(ctime), inode };
}

describe("a line of the index that was written by hand", () => {
  it("is read as the entry that it is of, whatever its names and numbers", () => {
    fc.assert(
      fc.property(name, stats, content, (path, of, packed) => {
        fc.pre((packed.holes ?? 0) <= packed.size);
        const entry = read(indexLine(path, "file", of, { content: packed }));
        expect(rawPath(entry)).toBe(path);
        expect(entry.pathBytes).toBe(toText(path).bytes);
        expect(readMetadata(entry)).toEqual(metadataOf(of));
        expect(entry).toMatchObject({ type: "file", size: packed.size, sha256: packed.sha256 });
        expect(entry.database).toBe(packed.database);
        expect(entry.data).toMatchObject({ offset: packed.offset });
        expect(entry.data?.holes ?? 0).toBe(packed.holes ?? 0);
        expect([entry.data?.changed, entry.data?.point]).toEqual([packed.changed, packed.point]);
        const { sha256 = "", data = { offset: 0 } } = entry;
        const isElsewhere = packed.point !== undefined && packed.member !== undefined;
        expect(rawMember({ ...entry, sha256, data })).toBe(isElsewhere ? packed.member : path);
      }),
    );
  });

  it("keeps extended attributes by their names", () => {
    fc.assert(
      fc.property(stats, (of) => {
        const { xattrs } = read(indexLine(".", "directory", of, {}));
        const values = of.xattrs && [...of.xattrs].map(([key, value]) => [key, value.toString("base64")]);
        expect(xattrs).toEqual(values && Object.fromEntries(values));
      }),
    );
  });

  it("keeps the target of a link and the number of a device", () => {
    fc.assert(
      fc.property(name, stats, (target, of) => {
        expect(rawTarget(read(indexLine("a", "symlink", of, { target })))).toBe(target);
      }),
    );
    const [of] = fc.sample(stats, 1);
    const device = { major: 8, minor: 2 ** 20 };
    expect(of && read(indexLine("a", "block-device", of, { device })).device).toEqual(device);
  });
});
