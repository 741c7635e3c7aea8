/** Reads every value of a table. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { messageOf } from "../../../domain/errors.ts";
import { isFaultOfStorage } from "./explain-refusal.ts";
import { fullName, quoted, text, type TableName } from "./sql-words.ts";

/** How many rows it has. Throws DuckDB's error where one cannot be read. */
export async function scanTable(connection: DuckDBConnection, table: TableName): Promise<number> {
  const from = fullName(table);
  try {
    return await countOf(connection, `SELECT count(*) AS n, bit_xor(hash(t)) FROM ${from} t`);
  } catch (error) {
    if (isFaultOfStorage(messageOf(error))) throw error;
  }
  // A generated column is computed as it is read, and may fail by itself: what is stored is still to be read.
  for (const column of await storedColumns(connection, table))
    await connection.run(`SELECT bit_xor(hash(${quoted(column)})) FROM ${from}`);
  return countOf(connection, `SELECT count(*) AS n FROM ${from}`);
}

async function countOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  return Number(row?.["n"]);
}

async function storedColumns(connection: DuckDBConnection, table: TableName): Promise<string[]> {
  const sql = `SELECT DISTINCT column_name FROM pragma_storage_info(${text(fullName(table))})`;
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  return rows.map(({ column_name }) => column_name as string);
}
