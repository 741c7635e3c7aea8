/** Recognises database files by how they begin: SQLite by its header string, DuckDB by the magic after its checksum. */
import type { BigIntStats } from "node:fs";

import type { DatabaseKind } from "../../../domain/embedded-database.ts";
import type { TreeFs } from "../tree-fs.ts";

const SQLITE = Buffer.from("SQLite format 3\0");
const DUCKDB = Buffer.from("DUCK");
const DUCKDB_AT = 8;
/** A number of 64 bits, of which the first bytes are enough for ever; text that happens to have the magic there has other bytes. */
const VERSION_AT = 12;
const HEAD_BYTES = 20;
const NEWEST_VERSION = 0xffffn;
/** The smallest page of SQLite; the headers of DuckDB take more. */
const SMALLEST_DATABASE = 512n;

/** By its size: most files are none, and need not be looked at. One that is just being written to may not look like one. */
export function mayBeDatabase({ size }: Pick<BigIntStats, "size">): boolean {
  return size >= SMALLEST_DATABASE && size % SMALLEST_DATABASE === 0n;
}

export function databaseKind(head: Uint8Array): DatabaseKind | undefined {
  if (SQLITE.equals(head.subarray(0, SQLITE.length))) return "sqlite";
  return isDuckdb(head) ? "duckdb" : undefined;
}

function isDuckdb(head: Uint8Array): boolean {
  if (head.length < HEAD_BYTES || !DUCKDB.equals(head.subarray(DUCKDB_AT, VERSION_AT))) return false;
  const version = Buffer.from(head.buffer, head.byteOffset, head.length).readBigUInt64LE(VERSION_AT);
  return version > 0n && version <= NEWEST_VERSION;
}

const beginning = Buffer.alloc(HEAD_BYTES);

/** Of an open file. Throws what the file system does. */
export function kindOfFile(
  fs: Pick<TreeFs, "readSync">,
  { fd, stats }: { fd: number; stats: Pick<BigIntStats, "size"> },
): DatabaseKind | undefined {
  if (stats.size < SMALLEST_DATABASE) return undefined;
  return databaseKind(beginning.subarray(0, fs.readSync(fd, beginning, 0, HEAD_BYTES, 0)));
}
