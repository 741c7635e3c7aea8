/** Reads a captured database through DuckDB, all of it. In a child process only. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { messageOf } from "../../../domain/errors.ts";
import { MAX_TABLES } from "../../database-verdict.ts";
import { lookUpIndexes } from "./look-up-indexes.ts";
import { openCapture, withoutKey } from "./open-capture.ts";
import { scanTable } from "./scan-table.ts";
import type { Content, ScanReply, ScanRequest } from "./scan-request.ts";
import { CAPTURE, text } from "./sql-words.ts";

const MOST_MESSAGE = 600;

export async function openAndScan(request: ScanRequest): Promise<ScanReply> {
  try {
    const connection = await openCapture(request);
    return { state: "read", content: await contentOf(connection, request) };
  } catch (error) {
    return { state: "refused", message: withoutKey(messageOf(error), request.key).slice(0, MOST_MESSAGE) };
  }
}

/** The catalog functions bind no view: one over files that are gone is no damage. */
async function contentOf(connection: DuckDBConnection, { level }: ScanRequest): Promise<Content> {
  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  const tables = await rowsOf(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ${text(CAPTURE)} ORDER BY estimated_size DESC, 1, 2`,
  );
  const counted: { name: string; rows?: number }[] = [];
  for (const { schema_name, table_name } of tables) {
    const table = { schema: schema_name as string, name: table_name as string };
    const name = table.schema === "main" ? table.name : `${table.schema}.${table.name}`;
    if (level === "light") counted.push({ name });
    else counted.push({ name, rows: await scanTable(connection, table) });
  }
  const indexCount = await lookUpIndexes(connection, level);
  const [views] = await rowsOf(
    `SELECT count(*) AS n FROM duckdb_views() WHERE database_name = ${text(CAPTURE)} AND NOT internal`,
  );
  counted.sort((one, other) => (other.rows ?? 0) - (one.rows ?? 0));
  return {
    tables: counted.slice(0, MAX_TABLES),
    tableCount: counted.length,
    viewCount: Number(views?.["n"] ?? 0),
    indexCount,
  };
}
