/** Exports of captures, read back by a DuckDB that has never seen the database. */
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, it } from "vitest";

import { makeDuckdb, makeEncryptedDuckdb, ORDINARY_STATEMENTS } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../../observability/system-clock.ts";
import { exportDuckdb } from "./export-duckdb.ts";

async function made(statements = ORDINARY_STATEMENTS): Promise<string> {
  const path = join(temporaryDirectory(), "it's a database.duckdb");
  await makeDuckdb(path, statements);
  return path;
}

async function exported(path: string, signal = new AbortController().signal) {
  const to = join(temporaryDirectory(), "it's exported");
  mkdirSync(to);
  return { to, because: await exportDuckdb({ path, to, timeout: 60_000, clock: systemClock, signal }) };
}

async function ask(path: string, ...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  try {
    const connection = await instance.connect();
    let rows: unknown[][] = [];
    for (const sql of statements) rows = (await connection.runAndReadAll(sql)).getRows();
    connection.closeSync();
    return rows;
  } finally {
    instance.closeSync();
  }
}

const imported = (to: string): string => `IMPORT DATABASE '${to.replaceAll("'", "''")}'`;
const CONTENTS =
  "SELECT bit_xor(hash(i)), count(*), (SELECT bit_xor(hash(a)) FROM accounts a), (SELECT count(*) FROM heavy) FROM items i";

it("holds every row of every table, with what the log holds, and leaves the capture as it was", async () => {
  const path = await made();
  const before = [readFileSync(path), readFileSync(`${path}.wal`)];
  const { to, because } = await exported(path);
  expect(because).toBeUndefined();
  const after = [readFileSync(path), readFileSync(`${path}.wal`)];
  expect(after.map((bytes, at) => bytes.equals(before[at] ?? Buffer.of()))).toEqual([true, true]);
  expect(readdirSync(dirname(path))).toHaveLength(2);
  expect(await ask(":memory:", imported(to), CONTENTS)).toEqual(await ask(path, CONTENTS));
});

it("keeps tables apart whose names would make the same file", async () => {
  const path = await made([
    ...["CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 1 AS x", "CREATE TABLE s_t AS SELECT 2 AS x"],
    ...['CREATE TABLE "a/b" AS SELECT 3 AS x', 'CREATE TABLE "a b" AS SELECT 4 AS x'],
  ]);
  const { to } = await exported(path);
  const all = 'SELECT (SELECT x FROM s.t), (SELECT x FROM s_t), (SELECT x FROM "a/b"), (SELECT x FROM "a b")';
  expect(await ask(":memory:", imported(to), all)).toEqual([[1, 2, 3, 4]]);
});

it("exports a log that DuckDB replays into a file only, through a second copy", async () => {
  const path = await made([...ORDINARY_STATEMENTS, "CREATE INDEX late ON accounts (balance)"]);
  const { to, because } = await exported(path);
  expect(because).toBeUndefined();
  expect(await ask(":memory:", imported(to), CONTENTS)).toEqual(await ask(path, CONTENTS));
  expect(readdirSync(dirname(path)).filter((name) => name.startsWith("spare-"))).toEqual([]);
});

it("exports the tables beside a view over files that are gone", async () => {
  const directory = temporaryDirectory();
  const gone = join(directory, "gone.parquet");
  await ask(":memory:", `COPY (SELECT 1 AS x) TO '${gone}'`);
  const path = await made(["CREATE TABLE t AS SELECT 7 AS x", `CREATE VIEW v AS SELECT * FROM '${gone}'`]);
  rmSync(gone);
  const { to, because } = await exported(path);
  expect(because).toBeUndefined();
  expect(await ask(":memory:", `SELECT x FROM '${to.replaceAll("'", "''")}/t.parquet'`)).toEqual([[7]]);
});

it("loses what parquet has no place for, and no more than that", async () => {
  const path = await made([
    "CREATE SEQUENCE q",
    `CREATE TABLE t AS SELECT nextval('q') AS n, 12345678901234567890123::HUGEINT AS h, INTERVAL '3.123456 seconds' AS i,
      '10:00:00.5+05'::TIMETZ AS z, 12345678901234567890123::DECIMAL(38, 9) AS d, {'a': [1, NULL]} AS s`,
  ]);
  const { to } = await exported(path);
  const all =
    "SELECT left(h::VARCHAR, 15), i::VARCHAR, z::VARCHAR, d::VARCHAR, s::VARCHAR, nextval('q')::VARCHAR FROM t";
  const [row = []] = await ask(":memory:", imported(to), all);
  expect(row).toEqual([
    ...["123456789012345", "00:00:03.123", "05:00:00.5+00"],
    ...["12345678901234567890123.000000000", "{'a': [1, NULL]}", "2"],
  ]);
});

it("tells why it cannot be: encrypted, or no database at all", async () => {
  const path = join(temporaryDirectory(), "encrypted.duckdb");
  await makeEncryptedDuckdb(path, "a key", ORDINARY_STATEMENTS);
  expect((await exported(path)).because).toMatch(/encrypted/);
  const other = join(temporaryDirectory(), "text.duckdb");
  writeFileSync(other, "not one at all".repeat(1000));
  expect((await exported(other)).because).toMatch(/./);
});

it("ends when it is cancelled", async () => {
  const path = await made();
  await expect(exported(path, AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
});
