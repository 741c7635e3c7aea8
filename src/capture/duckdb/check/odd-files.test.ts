/** Files that DuckDB could have written, although ours here does not: their headers are changed, with checksums that are right. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { changeHeaders, makeDuckdb } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../../observability/system-clock.ts";
import { checkDuckdb } from "./check-duckdb.ts";
import { explainRefusal } from "./explain-refusal.ts";

const VERSION_AT = 12;
const BLOCK_COUNT_AT = 8 + 3 * 8;
const BLOCK = 262_144;

async function verdictOf(path: string) {
  const { signal } = new AbortController();
  return checkDuckdb({ path, level: "full", timeout: 60_000, clock: systemClock, signal });
}

async function made(statements: string[]): Promise<string> {
  const path = join(temporaryDirectory(), "a.duckdb");
  await makeDuckdb(path, [...statements, "CHECKPOINT"]);
  return path;
}

it("says of a file of a newer or a much older version only that it cannot be read", async () => {
  const path = await made(["CREATE TABLE t AS SELECT 1 AS one"]);
  changeHeaders(path, [0], VERSION_AT, () => 900n);
  expect(await verdictOf(path)).toMatchObject({
    state: "unverified",
    why: expect.stringContaining("written by a newer version of DuckDB") as string,
  });
  changeHeaders(path, [0], VERSION_AT, () => 39n);
  expect(await verdictOf(path)).toMatchObject({
    state: "unverified",
    why: expect.stringContaining("too old to be read") as string,
  });
});

it("takes blocks that count but were never written for damage only where an index may refer to them", async () => {
  const columns = "(id INTEGER, text VARCHAR)";
  const rows = "INSERT INTO t SELECT i, md5(i::VARCHAR) FROM range(30000) r(i)";
  const free = await made([`CREATE TABLE t ${columns}`, rows]);
  const indexed = await made([`CREATE TABLE t ${columns}`, rows, "CREATE INDEX by_text ON t (text)"]);
  for (const path of [free, indexed]) {
    writeFileSync(path, Buffer.alloc(BLOCK), { flag: "a" });
    changeHeaders(path, [1, 2], BLOCK_COUNT_AT, (count) => (count === 0n ? 0n : count + 2n));
  }
  expect(await verdictOf(free)).toMatchObject({
    state: "sound",
    facts: { tables: [{ name: "t", rows: 30_000 }] },
  });
  expect(await verdictOf(indexed)).toMatchObject({
    state: "damaged",
    why: expect.stringContaining("was never written") as string,
  });
});

it("says what is missing, not that there is damage, where an extension or memory is", () => {
  const messages = [
    'Catalog Error: Scalar Function with name st_point does not exist because it is in the "spatial" extension',
    "Out of Memory Error: failed to pin block of size 256.0 KiB (255.9 MiB/256.0 MiB used)",
    "Binder Error: Unknown index type: RTREE",
  ];
  for (const message of messages) expect(explainRefusal(message).state, message).toBe("unverified");
  expect(explainRefusal("INTERNAL Error: Invalid bitpacking mode\nThis error signals…")).toEqual({
    state: "damaged",
    why: "DuckDB cannot read it: INTERNAL Error: Invalid bitpacking mode",
  });
});
