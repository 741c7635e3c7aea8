/**
 * Opens a captured database with DuckDB, read-only and shut in: it reaches no file but this one and loads no extension. Runs in
 * a child process only. A write-ahead log beside the file is replayed in memory; nothing on disk changes, but of a spare copy.
 */
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

import { messageOf } from "../../../domain/errors.ts";
import { MAX_TABLES } from "../../database-verdict.ts";
import { lookUpIndexes } from "./look-up-indexes.ts";
import { scanTable } from "./scan-table.ts";
import type { Content, ScanReply, ScanRequest } from "./scan-request.ts";
import { CAPTURE, quoted, text } from "./sql-words.ts";

/** All that belong to the state of one database. */
const FILES = ["", ".wal", ".wal.checkpoint", ".wal.recovery"];
const MOST_MESSAGE = 600;

export async function openAndScan(request: ScanRequest): Promise<ScanReply> {
  try {
    const connection = await opened(request);
    return { state: "read", content: await contentOf(connection, request) };
  } catch (error) {
    return { state: "refused", message: withoutKey(messageOf(error), request.key).slice(0, MOST_MESSAGE) };
  }
}

async function opened({ path, key, memoryLimitMiB, isSpare }: ScanRequest): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: `${memoryLimitMiB}MiB`,
    // What a scan lets go goes back to the system: without, its peak is a fourth higher.
    allocator_flush_threshold: "1MB",
    allocator_bulk_deallocation_flush_threshold: "1MB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_persistent_secrets: "false",
    // Replaying the log of an encrypted database encrypts anew, which DuckDB's own library only does when told; nobody keeps that.
    force_mbedtls_unsafe: "true",
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_paths = [${FILES.map((suffix) => text(path + suffix)).join(", ")}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  const options = [
    isSpare ? "READ_WRITE" : "READ_ONLY",
    ...(key === undefined ? [] : [`ENCRYPTION_KEY ${text(key)}`]),
  ];
  await connection.run(`ATTACH ${text(path)} AS ${quoted(CAPTURE)} (${options.join(", ")})`);
  return connection;
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

/** A message may quote the statement that it is about. */
function withoutKey(message: string, key: string | undefined): string {
  if (key === undefined || key === "") return message;
  return message.replaceAll(key, "…").replaceAll(text(key).slice(1, -1), "…");
}
