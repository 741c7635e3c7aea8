/** Recognises database files by how they begin: SQLite by its header string, DuckDB by the magic after its checksum. */
import type { BigIntStats } from "node:fs";

import type { DatabaseKind } from "../../../domain/embedded-database.ts";
import type { TreeFs } from "../tree-fs.ts";

const SQLITE = Buffer.from("SQLite format 3\0");
const DUCKDB = Buffer.from("DUCK");
const DUCKDB_AT = 8;
const HEAD_BYTES = 16;
/** The smallest page of SQLite; the headers of DuckDB take more. */
export const SMALLEST_DATABASE = 512n;

export function databaseKind(head: Uint8Array): DatabaseKind | undefined {
  if (SQLITE.equals(head.subarray(0, SQLITE.length))) return "sqlite";
  return DUCKDB.equals(head.subarray(DUCKDB_AT, DUCKDB_AT + DUCKDB.length)) ? "duckdb" : undefined;
}

const head = Buffer.alloc(HEAD_BYTES);

/** Of an open file. Throws what the file system does. */
export function kindOfFile(
  fs: Pick<TreeFs, "readSync">,
  { fd, stats }: { fd: number; stats: Pick<BigIntStats, "size"> },
): DatabaseKind | undefined {
  if (stats.size < SMALLEST_DATABASE) return undefined;
  return databaseKind(head.subarray(0, fs.readSync(fd, head, 0, HEAD_BYTES, 0)));
}
