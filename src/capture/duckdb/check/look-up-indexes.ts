/** Reads a row through each index, because a scan of the table reads none of its blocks. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { messageOf } from "../../../domain/errors.ts";
import { isFaultOfStorage } from "./explain-refusal.ts";
import { CAPTURE, fullName, quoted, text, type TableName } from "./sql-words.ts";

interface IndexKey {
  table: TableName;
  columns: string[];
}

/** How many indexes there are, those of primary keys and unique constraints included. */
export async function lookUpIndexes(connection: DuckDBConnection, level: "full" | "light"): Promise<number> {
  const keys = [...(await constraintKeys(connection)), ...(await indexKeys(connection))];
  if (level === "full") for (const key of keys) await lookUp(connection, key);
  return keys.length;
}

/** DuckDB goes through an index for a comparison with a constant: the key of some row, as text. */
async function lookUp(connection: DuckDBConnection, { table, columns }: IndexKey): Promise<void> {
  const from = fullName(table);
  try {
    const typed = columns.map((column) => `typeof(${quoted(column)})`);
    const values = columns.map((column) => `CAST(${quoted(column)} AS VARCHAR)`);
    const present = columns.map((column) => `${quoted(column)} IS NOT NULL`).join(" AND ");
    const sql = `SELECT [${values.join(", ")}], [${typed.join(", ")}] FROM ${from} WHERE ${present} LIMIT 1`;
    const [row] = (await connection.runAndReadAll(sql)).getRowsJson();
    if (row === undefined) return;
    const [constants, types] = row as [string[], string[]];
    const equal = columns.map(
      (column, at) => `${quoted(column)} = ${text(constants[at] ?? "")}::${types[at] ?? "VARCHAR"}`,
    );
    await connection.run(`SELECT count(*) FROM ${from} WHERE ${equal.join(" AND ")}`);
  } catch (error) {
    // A key that cannot be written as a constant is not looked up.
    if (isFaultOfStorage(messageOf(error))) throw error;
  }
}

async function constraintKeys(connection: DuckDBConnection): Promise<IndexKey[]> {
  const sql = `SELECT schema_name, table_name, constraint_column_names AS columns FROM duckdb_constraints()
    WHERE database_name = ${text(CAPTURE)} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')`;
  return keysOf(connection, sql);
}

/** Of an index on an expression nothing is said: its key cannot be compared as a column. */
async function indexKeys(connection: DuckDBConnection): Promise<IndexKey[]> {
  const sql = `SELECT schema_name, table_name, string_split(expressions[2:-2], ', ') AS columns
    FROM duckdb_indexes() WHERE database_name = ${text(CAPTURE)}`;
  return keysOf(connection, sql);
}

async function keysOf(connection: DuckDBConnection, sql: string): Promise<IndexKey[]> {
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  return rows.map(({ schema_name, table_name, columns }) => ({
    table: { schema: schema_name as string, name: table_name as string },
    columns: (columns as string[]).map(unquoted),
  }));
}

function unquoted(column: string): string {
  return /^".*"$/.test(column) ? column.slice(1, -1).replaceAll('""', '"') : column;
}
