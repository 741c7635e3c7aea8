import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rdb, slowCrc64 } from "../../../test/fakes/rdb.ts";
import { Crc64, JONES } from "../../dump/crc64.ts";
import { RdbExaminer } from "./exam-rdb.ts";
import { SyncMark } from "./sync-mark.ts";

const KEYS = { one: "first", two: "second ".repeat(100), žluť: "€" };
const DUMP = rdb({ keys: KEYS });
const MARK = "2f727bcc4e785f7b96cd71af9b593358a56f646f";
/** As `redis-cli --rdb -` of a Redis 7.0.15 wrote it, with the mark behind it. */
const REAL = Buffer.from(
  "UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwlpUAmv6CHVzZWQtbWVtwkBMDwD6DnJlcGwtc3RyZWFtLWRiwAD6B3JlcGwtaWQoOTc5ODM0NWFkOTk2MjgwYzM3YTQ5ODFhOGIwYjM1ZWRhMzg1NTNmNfoLcmVwbC1vZmZzZXTAAPoIYW9mLWJhc2XAAP4A+wIAEgFsAQINDQAAAAMAAQECAQMB/wABYQFi/gP7AQAAAnh4Anl5/wsFzaOMvAS5MmY3MjdiY2M0ZTc4NWY3Yjk2Y2Q3MWFmOWI1OTMzNThhNTZmNjQ2Zg==",
  "base64",
);

function examine(bytes: Uint8Array, chunkBytes = Math.max(1, bytes.length), keys = 3) {
  const examiner = new RdbExaminer({ keys });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    examiner.push(chunk);
    chunk.fill(0xff);
  }
  return examiner.finish();
}

function withoutMark(bytes: Uint8Array, chunkBytes: number): Buffer {
  const filter = new SyncMark();
  const kept: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    kept.push(Buffer.from(filter.push(bytes.subarray(at, at + chunkBytes))));
  return Buffer.concat([...kept, filter.finish()]);
}

describe("an RDB", () => {
  it("is whole in whichever pieces it comes, and in no part of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(DUMP.length - 1), (chunkBytes, end) => {
        expect(examine(DUMP, chunkBytes)).toEqual({
          objects: 3,
          facts: { keys: 3, expiring: 0, format: "RDB 10", checksum: "CRC-64", writtenBy: "7.0.15" },
        });
        expect(() => examine(DUMP.subarray(0, end), chunkBytes)).toThrow("it");
      }),
    );
  });

  it("is whole as Redis itself writes it", () => {
    expect(examine(withoutMark(REAL, REAL.length)).facts).toMatchObject({
      checksum: "CRC-64",
      writtenBy: "7.0.15",
    });
    expect(() => examine(REAL)).toThrow("it does not end with the opcode");
  });

  it("is none with any bit of it turned", () => {
    fc.assert(
      fc.property(fc.nat(DUMP.length - 1), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(DUMP);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        expect(() => examine(bytes)).toThrow("it");
      }),
    );
  });

  it("is none with anything behind its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (more) => {
        expect(() => examine(Buffer.concat([DUMP, more]))).toThrow("it");
      }),
    );
  });

  it("may have no checksum, which is told", () => {
    expect(examine(rdb({ keys: KEYS, hasChecksum: false })).facts["checksum"]).toBe("off");
  });

  it("without keys is empty, whatever the server counted before", () => {
    expect(examine(rdb(), 5, 7)).toMatchObject({ objects: 0, facts: { keys: 0 } });
  });

  it("may be one of Valkey 9", () => {
    const bytes = Buffer.concat([Buffer.from("VALKEY080"), DUMP.subarray(9, -8)]);
    const checksum = Buffer.alloc(8);
    checksum.writeBigUInt64LE(slowCrc64(bytes));
    expect(examine(Buffer.concat([bytes, checksum])).facts["format"]).toBe("RDB 80");
  });

  it("is told from a message and from nothing", () => {
    expect(() => examine(Buffer.from("NOAUTH Authentication required.\n"))).toThrow("it is no RDB");
    expect(() => examine(Buffer.alloc(0))).toThrow("it is no RDB");
  });
});

describe("the mark behind an RDB", () => {
  it("is taken away, and nothing else is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (chunkBytes) => {
        expect(withoutMark(Buffer.concat([DUMP, Buffer.from(MARK)]), chunkBytes)).toEqual(DUMP);
        expect(withoutMark(DUMP, chunkBytes)).toEqual(DUMP);
        expect(withoutMark(DUMP.subarray(0, 20), chunkBytes)).toEqual(DUMP.subarray(0, 20));
      }),
    );
  });
});

describe("the CRC-64 of Redis", () => {
  it("is the one that Redis documents, in whichever pieces it is worked out", () => {
    const crc = new Crc64(JONES);
    crc.update(Buffer.from("123456789"));
    expect(crc.digest()).toBe(0xe9c6d914c4b8d9can);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (parts) => {
        const pieces = new Crc64(JONES);
        for (const part of parts) pieces.update(Buffer.from(part));
        expect(pieces.digest()).toBe(slowCrc64(Buffer.concat(parts)));
      }),
    );
  });
});
