/**
 * Opens a captured database with DuckDB, read-only and shut in: it reaches no file but this one and loads no extension. Runs in
 * a child process only. A write-ahead log beside the file is replayed in memory; nothing on disk changes, but of a spare copy.
 */
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

import { SIDE_FILES } from "../../../domain/embedded-database.ts";
import { CAPTURE, quoted, text } from "./sql-words.ts";

export interface OpenOrder {
  path: string;
  key?: string | undefined;
  memoryLimitMiB: number;
  /** Of a copy that may be written to. */
  isSpare: boolean;
  /** Directory that DuckDB makes for what does not fit into memory. */
  spill?: string;
  /** Directory that it may also write to. */
  writable?: string;
}

/** All that belong to the state of one database. */
const FILES = ["", ...SIDE_FILES.duckdb];

/** It is attached as CAPTURE. */
export async function openCapture(order: OpenOrder): Promise<DuckDBConnection> {
  const { path, key, memoryLimitMiB, isSpare, spill, writable } = order;
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
    ...(spill === undefined ? {} : { temp_directory: spill }),
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_paths = [${FILES.map((suffix) => text(path + suffix)).join(", ")}]`);
  if (writable !== undefined) await connection.run(`SET allowed_directories = [${text(writable)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  const options = [
    isSpare ? "READ_WRITE" : "READ_ONLY",
    ...(key === undefined ? [] : [`ENCRYPTION_KEY ${text(key)}`]),
  ];
  await connection.run(`ATTACH ${text(path)} AS ${quoted(CAPTURE)} (${options.join(", ")})`);
  return connection;
}

/** A message may quote the statement that it is about. */
export function withoutKey(message: string, key: string | undefined): string {
  if (key === undefined || key === "") return message;
  return message.replaceAll(key, "…").replaceAll(text(key).slice(1, -1), "…");
}
