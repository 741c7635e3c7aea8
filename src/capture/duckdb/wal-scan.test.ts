import fc from "fast-check";
import { expect, it } from "vitest";

import { CHECKPOINT, FLUSH, INSERT, wal, walRecord, walVersion } from "../../../test/fakes/duckdb-files.ts";
import { WalScan, type WalState } from "./wal-scan.ts";

it("is clear when no record is a checkpoint's", () => {
  expect(stateOf(wal(INSERT, FLUSH, INSERT, FLUSH))).toBe("clear");
  expect(stateOf(Buffer.alloc(0))).toBe("clear");
  expect(stateOf(walVersion())).toBe("clear");
});

it("reads version records with and without the id of the database, as DuckDB 1.5.6 writes them", () => {
  const plain = Buffer.from("640062650002ffff", "hex");
  const named = Buffer.from("640062650002660010663f7604420da501406e06f20110b2016c12b401670000ffff", "hex");
  for (const version of [plain, named]) {
    expect(stateOf(Buffer.concat([version, walRecord(FLUSH)]))).toBe("clear");
    expect(stateOf(Buffer.concat([version, walRecord(FLUSH), walRecord(CHECKPOINT)]))).toBe("checkpoint");
  }
});

it("finds a checkpoint's record among others of any lengths, however the log is cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ type: fc.integer({ min: 1, max: 31 }), length: fc.nat({ max: 3000 }) })),
      fc.option(fc.nat({ max: 20 })),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      (records, checkpointAt, withDatabase, chunks) => {
        const written = records.map(({ type, length }) => walRecord(type, Buffer.alloc(length, CHECKPOINT)));
        if (checkpointAt !== null) written.splice(checkpointAt, 0, walRecord(CHECKPOINT));
        const log = Buffer.concat([walVersion(2, { withDatabase }), ...written]);
        expect(stateOf(log, chunks)).toBe(checkpointAt === null ? "clear" : "checkpoint");
      },
    ),
  );
});

it("takes nothing within a record for another one", () => {
  const log = Buffer.concat([walVersion(), walRecord(INSERT, wal(CHECKPOINT)), walRecord(FLUSH)]);
  expect(stateOf(log)).toBe("clear");
});

it("passes over a torn last record, but not over the beginning of a checkpoint's", () => {
  const before = wal(INSERT, FLUSH);
  const log = Buffer.concat([before, walRecord(CHECKPOINT)]);
  const typeIsAt = before.length + 18;
  for (let length = 0; length <= log.length; length++) {
    expect(stateOf(log.subarray(0, length))).toBe(length > typeIsAt ? "checkpoint" : "clear");
  }
});

it("passes over a record that would be longer than any file", () => {
  const torn = walRecord(INSERT);
  torn.writeBigUInt64LE(2n ** 63n);
  expect(stateOf(Buffer.concat([walVersion(), torn, walRecord(CHECKPOINT)]))).toBe("clear");
});

it("tells an encrypted log", () => {
  expect(stateOf(Buffer.concat([walVersion(3), Buffer.alloc(500, CHECKPOINT)]))).toBe("encrypted");
});

it("does not know logs of other forms", () => {
  expect(stateOf(Buffer.concat([walVersion(4), walRecord(FLUSH)]))).toBe("unknown");
  expect(stateOf(Buffer.alloc(1000, "no log"))).toBe("unknown");
  expect(stateOf(Buffer.alloc(1000))).toBe("unknown");
  expect(stateOf(Buffer.concat([wal(INSERT), Buffer.alloc(1000)]))).toBe("unknown");
  const endless = Buffer.concat([Buffer.from([100, 0, 98, 101, 0, 2, 102, 0, 200]), Buffer.alloc(500, 1)]);
  expect(stateOf(endless)).toBe("unknown");
});

it("ends on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isBegun) => {
      const log = isBegun ? Buffer.concat([walVersion(), bytes]) : Buffer.from(bytes);
      expect(stateOf(log, [7])).toBe(stateOf(log));
    }),
  );
});

/** Cuts the log into chunks of these sizes, by turns. */
function stateOf(log: Buffer, sizes: readonly number[] = [Infinity]): WalState {
  const scan = new WalScan();
  for (let at = 0, turn = 0; at < log.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    scan.push(log.subarray(at, at + size));
    at += size;
  }
  return scan.state;
}
