import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bson, mongodumpArchive, slowEcma } from "../../../test/fakes/mongodump-archive.ts";
import { Crc64, ECMA } from "../../dump/crc64.ts";
import { ArchiveExaminer } from "./exam-archive.ts";

const ARCHIVE = mongodumpArchive({
  collections: [
    { db: "shop", name: "orders", documents: ["one", "two", "žluť €", "four", "five"] },
    { db: "shop", name: "empty" },
    { db: "shop", name: "rich", view: true },
    { db: "shop", name: "series", stored: "system.buckets.series", documents: ["a", "b", "c"] },
    { db: "admin", name: "system.version", documents: ["x"] },
  ],
});
const TERMINATOR = Buffer.from([0xff, 0xff, 0xff, 0xff]);

function examine(bytes: Uint8Array, { chunkBytes = Math.max(1, bytes.length), mustHold = false } = {}) {
  const examiner = new ArchiveExaminer({ mustHold });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    examiner.push(chunk);
    chunk.fill(0);
  }
  return examiner.finish();
}

describe("an archive of mongodump", () => {
  it("is whole in whichever pieces it comes, and in no part of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(ARCHIVE.length - 1), (chunkBytes, end) => {
        expect(examine(ARCHIVE, { chunkBytes })).toEqual({
          objects: 4,
          facts: { collections: 4, views: 1, documents: 9, server: "7.0.14", tool: "100.10.0" },
        });
        expect(() => examine(ARCHIVE.subarray(0, end), { chunkBytes })).toThrow("it");
      }),
    );
  });

  it("may have blocks without documents", () => {
    const empty = [bson({ db: "a", collection: "b", EOF: false, CRC: 0n }), TERMINATOR];
    const end = [bson({ db: "a", collection: "b", EOF: true, CRC: 0n }), TERMINATOR];
    expect(examine(Buffer.concat([ARCHIVE, ...empty, ...end])).objects).toBe(4);
  });

  it("is none when it is cut at any byte", () => {
    for (let end = 0; end < ARCHIVE.length; end += 1)
      expect(() => examine(ARCHIVE.subarray(0, end)), String(end)).toThrow("it");
  });

  it("is none with any bit of its data turned, or of the headers around them", () => {
    const prelude = ARCHIVE.indexOf(TERMINATOR) + TERMINATOR.length;
    fc.assert(
      fc.property(fc.integer({ min: prelude, max: ARCHIVE.length - 1 }), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(ARCHIVE);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        expect(() => examine(bytes)).toThrow(/it|CRC-64/);
      }),
    );
  });

  it("is none with another magic", () => {
    fc.assert(
      fc.property(fc.nat(3), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(ARCHIVE);
        bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
        expect(() => examine(bytes)).toThrow("it is no archive of mongodump");
      }),
    );
  });

  it("is none with anything behind its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (more) => {
        expect(() => examine(Buffer.concat([ARCHIVE, more]))).toThrow("it");
      }),
    );
    expect(() => examine(Buffer.concat([ARCHIVE, TERMINATOR]))).toThrow(
      "it has an end where a header belongs",
    );
    expect(() => examine(Buffer.concat([ARCHIVE, ARCHIVE]))).toThrow("it has");
  });

  it("is none with more of a collection behind that one's end", () => {
    const more = bson({ db: "shop", collection: "orders", EOF: false, CRC: 0n });
    expect(() => examine(Buffer.concat([ARCHIVE, more, bson({ a: 1 }), TERMINATOR]))).toThrow(
      "it has more of collection shop.orders behind that one's end",
    );
  });

  it("of a database that has to be there holds a collection", () => {
    const empty = mongodumpArchive();
    expect(examine(empty).objects).toBe(0);
    expect(() => examine(empty, { mustHold: true })).toThrow("it holds no collection");
  });

  it("is told from a message, from nothing, and from a document without bounds", () => {
    expect(() => examine(Buffer.from("Failed: error connecting"))).toThrow("it is no archive");
    expect(() => examine(Buffer.alloc(0))).toThrow("it ends within");
    expect(() => examine(Buffer.concat([ARCHIVE.subarray(0, 4), Buffer.from([0, 0, 0, 0x7f])]))).toThrow(
      "it has a document of an impossible length",
    );
  });
});

describe("the CRC-64 of MongoDB's tools", () => {
  it("is Go's, in whichever pieces it is worked out", () => {
    const crc = new Crc64(ECMA);
    crc.update(Buffer.from("123456789"));
    expect(crc.digest()).toBe(0x995dc9bbdf1939fan);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (parts) => {
        const pieces = new Crc64(ECMA);
        for (const part of parts) pieces.update(Buffer.from(part));
        expect(pieces.digest()).toBe(slowEcma(Buffer.concat(parts)));
      }),
    );
  });
});
