/** DuckDB databases for tests, made by DuckDB itself. */
import { readFileSync, writeFileSync } from "node:fs";

import { DuckDBInstance } from "@duckdb/node-api";

import { checksumBuffer } from "../../src/capture/duckdb/check/block-checksum.ts";

/** Runs the statements and leaves the file as a program does that is killed: with what is in its write-ahead log. */
export async function makeDuckdb(path: string, statements: string[]): Promise<void> {
  await inDuckdb(path, ["PRAGMA disable_checkpoint_on_shutdown", ...statements]);
}

/** Made encrypted, which DuckDB alone does not do without being told that the test takes no harm from it. */
export async function makeEncryptedDuckdb(path: string, key: string, statements: string[]): Promise<void> {
  await inDuckdb(":memory:", [
    "SET force_mbedtls_unsafe = true",
    "PRAGMA disable_checkpoint_on_shutdown",
    `ATTACH '${path}' AS encrypted (ENCRYPTION_KEY '${key.replaceAll("'", "''")}')`,
    "USE encrypted",
    ...statements,
  ]);
}

async function inDuckdb(path: string, statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path, { threads: "1" });
  try {
    const connection = await instance.connect();
    for (const statement of statements) await connection.run(statement);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}

/** Two tables with every kind of index, some 3 MB of blocks of all kinds, free ones, and commits in the log. */
export const ORDINARY_STATEMENTS = [
  "CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER, label VARCHAR, weight DOUBLE)",
  "INSERT INTO items SELECT i, i % 100, md5(i::VARCHAR) || sha256(i::VARCHAR), random() FROM range(20000) r(i)",
  "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR UNIQUE, balance INTEGER)",
  "INSERT INTO accounts SELECT i, 'n' || i, 1000 FROM range(1000) r(i)",
  "CREATE INDEX items_by_kind ON items (kind)",
  "CREATE VIEW heavy AS SELECT * FROM items WHERE weight > 0.5",
  "CHECKPOINT",
  "DELETE FROM items WHERE id % 7 = 0",
  "CHECKPOINT",
  "UPDATE accounts SET balance = balance - 1 WHERE id = 3",
  "INSERT INTO accounts VALUES (10000, 'new', 0)",
];

const HEADER = 4096;
/** In the main header: the version of the format. */
const VERSION_AT = 12;

/** Changes a number in the headers, each of which is then given its right checksum. */
export function changeHeaders(
  path: string,
  headers: number[],
  at: number,
  change: (value: bigint) => bigint,
): void {
  const bytes = readFileSync(path);
  const buffer = checksumBuffer();
  for (const header of headers) {
    const from = header * HEADER;
    bytes.writeBigUInt64LE(change(bytes.readBigUInt64LE(from + at)), from + at);
    buffer.bytes.set(bytes.subarray(from, from + HEADER));
    bytes.writeBigUInt64LE(buffer.checksum(8, HEADER), from);
  }
  writeFileSync(path, bytes);
}

/** As a DuckDB of some years from now would write it. */
export function makeNewer(path: string): void {
  changeHeaders(path, [0], VERSION_AT, () => 900n);
}

/** Rows of one statement, in a DuckDB of its own that is closed again. */
export async function askDuckdb(path: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  try {
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(sql)).getRows();
    connection.closeSync();
    return rows;
  } finally {
    instance.closeSync();
  }
}
