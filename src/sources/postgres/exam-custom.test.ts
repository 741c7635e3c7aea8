import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pgArchive } from "../../../test/fakes/pg-archive.ts";
import { CustomDumpExaminer } from "./exam-custom.ts";

const TABLES = [
  { name: "users", rows: ["1\tone\n", "2\ttwo\n"] },
  { name: "empty", rows: [] },
];

function examine(bytes: Buffer, chunkBytes = bytes.length) {
  const examiner = new CustomDumpExaminer();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    examiner.push(chunk);
    chunk.fill(0xff);
  }
  return examiner.finish();
}

function rowsIn(bytes: Buffer, chunkBytes = bytes.length) {
  const examiner = new CustomDumpExaminer();
  for (let at = 0; at < bytes.length; at += chunkBytes) examiner.push(bytes.subarray(at, at + chunkBytes));
  examiner.finish();
  return examiner.rows;
}

describe("a dump of pg_dump's custom format", () => {
  it.each([12, 13, 14, 15, 16])("of version 1.%i is whole, and tells what is in it", (minor) => {
    const bytes = pgArchive({ minor, tables: TABLES, largeObjects: ["large", "larger"] });
    expect(examine(bytes)).toMatchObject({
      objects: 4,
      facts: { tables: 2, rows: 2, largeObjects: 2, server: "15.8", tool: "15.9" },
    });
  });

  it("is whole in whichever pieces it comes, and in no part of it", () => {
    const bytes = pgArchive({ tables: TABLES, largeObjects: ["large"] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(bytes.length - 1), (chunkBytes, end) => {
        expect(examine(bytes, chunkBytes)).toMatchObject({ objects: 3, facts: { rows: 2 } });
        expect(() => examine(bytes.subarray(0, end), chunkBytes)).toThrow(/\bit\b/);
      }),
    );
  });

  it("is none with anything behind its end", () => {
    const bytes = pgArchive({ tables: TABLES });
    expect(() => examine(Buffer.concat([bytes, Buffer.from("more")]))).toThrow("it ");
    expect(() => examine(Buffer.concat([bytes, bytes]))).toThrow("it ");
  });

  it("is none where the data of a table are missing, or there twice", () => {
    const bytes = pgArchive({ tables: TABLES });
    const last = Buffer.from([
      ...[1, 0, 11, 0, 0, 0, 0, 5, 0, 0, 0],
      ...Buffer.from("\\.\n\n\n"),
      0,
      0,
      0,
      0,
      0,
    ]);
    expect(bytes.subarray(-last.length)).toEqual(last);
    const without = bytes.subarray(0, -last.length);
    expect(() => examine(without)).toThrow(
      "the data of 1 of its entries are not in it, the first being TABLE DATA empty",
    );
    expect(() => examine(Buffer.concat([bytes, last]))).toThrow("it has the data of entry 11 twice");
  });

  it.each([
    ["a message instead", "pg_dump: error: no", "it is no archive of pg_dump"],
    ["nothing", "", "it ends within its table of contents"],
    ["a later version", "PGDMP\x02\x00\x00\x04\x08\x01", "an archive of pg_dump of version 2.0"],
    ["another format", "PGDMP\x01\x0e\x00\x04\x08\x03", "not of the custom format"],
  ])("is told from %s", (_, text, why) => {
    expect(() => examine(Buffer.from(text, "latin1"))).toThrow(why);
  });

  it("counts the rows of each table, however they are parted, and tells none where one is of INSERTs", () => {
    const rows = ["1\ta\\nb\n2\tc\n", "3\t", "d\n", "\\\\.\te\n"];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (chunkBytes) => {
        const bytes = pgArchive({
          tables: [
            { name: '"Odd ""one"', rows: [] },
            { name: "users", rows },
          ],
        });
        expect(rowsIn(bytes, chunkBytes)).toEqual(
          new Map([
            ["public.users", 4],
            ['public."Odd ""one"', 0],
          ]),
        );
      }),
    );
    const inserts = { name: "notes", rows: ["INSERT INTO public.notes VALUES ('a\n');\n"], inserts: true };
    expect(rowsIn(pgArchive({ tables: [{ name: "users", rows }, inserts] }))).toBeUndefined();
  });

  it("with nothing in the database has no objects", () => {
    expect(examine(pgArchive()).objects).toBe(0);
  });
});
