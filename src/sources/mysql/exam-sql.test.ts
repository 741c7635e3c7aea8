import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sqlDump } from "../../../test/fakes/sql-dump.ts";
import { SqlDumpExaminer } from "./exam-sql.ts";

const TABLES = [{ name: "users", rows: ["(1,'žluť\\n-- Dump completed')", "(2,'--')"] }, { name: "empty" }];
const DUMP = Buffer.from(sqlDump({ tables: TABLES }));
const NO_END = "its last line is not";

function examine(bytes: Buffer, chunkBytes = Math.max(1, bytes.length)) {
  const examiner = new SqlDumpExaminer();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    examiner.push(chunk);
    chunk.fill(0x0a);
  }
  return examiner.finish();
}

describe("a dump of mysqldump or mariadb-dump", () => {
  it.each([1, 7, 100, 10_000])("is counted in pieces of %i bytes", (chunkBytes) => {
    expect(examine(DUMP, chunkBytes)).toEqual({
      objects: 5,
      facts: {
        ...{ tables: 2, rows: 2, sequences: 0, views: 1, routines: 1, triggers: 1, events: 1 },
        ...{ server: "10.11.18-MariaDB-0+deb12u1", tool: "10.11.18-MariaDB" },
      },
    });
  });

  it("may be MySQL's, and without the line that newer versions begin with, or the date in the last one", () => {
    expect(examine(Buffer.from(sqlDump({ program: "MySQL", isCareful: false }))).facts["tool"]).toBe(
      "10.11.18-MySQL",
    );
    const text = DUMP.toString("utf8").replace(/ on 2026.*\n$/, "\n");
    expect(text).toMatch(/-- Dump completed\n$/);
    expect(examine(Buffer.from(text)).objects).toBe(5);
  });

  it("is none when it is cut, wherever that is", () => {
    fc.assert(
      fc.property(fc.nat(DUMP.length - 1), fc.integer({ min: 1, max: 64 }), (end, chunkBytes) => {
        expect(() => examine(DUMP.subarray(0, end), chunkBytes)).toThrow("it");
      }),
    );
  });

  it("is none with another byte anywhere in its first or its last words", () => {
    const magic = "-- MariaDB dump";
    const end = "\n-- Dump completed on ";
    const places = [
      ...Array.from(magic.replace("MariaDB", ""), (_, at) => DUMP.indexOf(magic) + (at < 3 ? at : at + 7)),
      ...Array.from(end, (_, at) => DUMP.lastIndexOf(end) + at),
      DUMP.length - 1,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(DUMP);
        bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
        expect(() => examine(bytes)).toThrow("it");
      }),
    );
  });

  it("is none with anything behind its last line", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (more) => {
        expect(() => examine(Buffer.concat([DUMP, more]))).toThrow(NO_END);
      }),
    );
  });

  it("is told from a message, from nothing, and from a dump of PostgreSQL", () => {
    expect(() => examine(Buffer.from("mysqldump: Got error: 1045\n"))).toThrow("it does not begin as");
    expect(() => examine(Buffer.alloc(0))).toThrow("it ends within its first lines");
    expect(() => examine(Buffer.from("--\n-- PostgreSQL database dump\n--\n"))).toThrow(
      "it does not begin as",
    );
  });

  it("with nothing in the database has no objects", () => {
    const text = sqlDump().replace(/\/\*!50(?:003|106) (?:DROP|CREATE).*\n|-- Final view.*\n/g, "");
    expect(examine(Buffer.from(text)).objects).toBe(0);
  });
});
