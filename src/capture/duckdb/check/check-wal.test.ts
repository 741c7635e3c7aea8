/** Write-ahead logs that DuckDB would replay a part of, or nothing, without a word. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { makeDuckdb } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { checkWal } from "./check-wal.ts";

const { signal } = new AbortController();

async function logOf(...more: string[]): Promise<{ path: string; bytes: Buffer }> {
  const path = join(temporaryDirectory(), "a.duckdb");
  const commits = Array.from(
    { length: 4 },
    (_, at) => `INSERT INTO t VALUES (${at}, repeat('x', ${at * 3}))`,
  );
  await makeDuckdb(path, ["CREATE TABLE t (id INTEGER, text VARCHAR)", ...commits, ...more]);
  return { path: `${path}.wal`, bytes: readFileSync(`${path}.wal`) };
}

async function verdictOn(
  path: string,
  bytes: Buffer,
  offset: number,
  bit: number,
): Promise<string | undefined> {
  const flipped = Buffer.from(bytes);
  flipped[offset] = (flipped[offset] ?? 0) ^ (1 << bit);
  writeFileSync(path, flipped);
  return checkWal(path, signal);
}

/** Where each record's size is. */
function sizesIn(bytes: Buffer): number[] {
  const places: number[] = [];
  for (let at = 8; at + 16 <= bytes.length; at += 16 + Number(bytes.readBigUInt64LE(at))) places.push(at);
  return places;
}

it("finds any bit of the beginning, but for the version, which DuckDB judges", async () => {
  const { path, bytes } = await logOf();
  expect(await checkWal(path, signal)).toBeUndefined();
  for (const offset of [0, 1, 2, 3, 4, 6, 7])
    for (let bit = 0; bit < 8; bit++)
      expect(await verdictOn(path, bytes, offset, bit), `bit ${bit} of byte ${offset}`).toMatch(
        /does not begin as one/,
      );
});

it("finds any bit of any size that makes a record reach past the end", async () => {
  const { path, bytes } = await logOf();
  const places = sizesIn(bytes);
  expect(places.length).toBeGreaterThan(5);
  for (const at of places)
    for (let bit = 0; bit < 64; bit += bit < 12 ? 1 : 5) {
      const size = bytes.readBigUInt64LE(at) ^ (1n << BigInt(bit));
      if (size <= BigInt(bytes.length - at - 16)) continue;
      const why = await verdictOn(path, bytes, at + (bit >> 3), bit & 7);
      expect(why, `bit ${bit} of the size at ${at}`).toMatch(new RegExp(`the record at byte ${at} `));
    }
});

it("takes a log that is cut anywhere for what a killed writer leaves", async () => {
  const { path, bytes } = await logOf();
  for (let length = 0; length <= bytes.length; length += length < 48 ? 1 : 11) {
    writeFileSync(path, bytes.subarray(0, length));
    expect(await checkWal(path, signal), `cut to ${length}`).toBeUndefined();
  }
  expect(await checkWal(`${path}.none`, signal)).toBeUndefined();
});

it("reads on behind records of many megabytes", async () => {
  const { path, bytes } = await logOf(
    "INSERT INTO t SELECT i, repeat(i::VARCHAR, 100) FROM range(20000) r(i)",
  );
  expect(bytes.length).toBeGreaterThan(4 * 1024 ** 2);
  expect(await checkWal(path, signal)).toBeUndefined();
  const last = sizesIn(bytes).at(-1) ?? 0;
  expect(await verdictOn(path, bytes, last + 6, 3)).toMatch(/the size of the record/);
});
