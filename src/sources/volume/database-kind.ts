/** Recognises database files by how they begin: SQLite by its header string, DuckDB by the magic after its checksum. */
import type { DatabaseKind } from "../../domain/embedded-database.ts";

const SQLITE = Buffer.from("SQLite format 3\0");
const DUCKDB = Buffer.from("DUCK");
const DUCKDB_AT = 8;

export function databaseKind(head: Uint8Array): DatabaseKind | undefined {
  if (SQLITE.equals(head.subarray(0, SQLITE.length))) return "sqlite";
  return DUCKDB.equals(head.subarray(DUCKDB_AT, DUCKDB_AT + DUCKDB.length)) ? "duckdb" : undefined;
}
