/** Opens copies of SQLite databases on scratch, which nobody else has. */
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

import { MAX_TABLES } from "../database-verdict.ts";
import type { SqliteContent, SqliteRequest } from "./sqlite-request.ts";

const MOST_PROBLEMS = 5;

/**
 * Rolls back what a journal says was not committed, or takes in what a log says was, as the next program to open the copy
 * would; the side files are gone then. The journal mode stays what it is.
 */
export function recoverCopy(path: string): void {
  const database = opened(path);
  database.exec("BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

export function readCopy({
  path,
  level,
  hasSideFiles,
}: SqliteRequest & { operation: "read" }): SqliteContent {
  const url = pathToFileURL(path);
  // Without side files there is nothing to recover, and a log's index need not be made beside the file.
  if (!hasSideFiles) url.search = "?mode=ro&immutable=1";
  const database = hasSideFiles ? opened(path) : opened(url, { readOnly: true });
  // The content is not to be trusted, and damage is to be found.
  database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
  const tables = tablesOf(database).map(({ name, isVirtual }) => ({
    name,
    ...(level === "light" || isVirtual ? {} : { rows: rowsOf(database, name) }),
  }));
  tables.sort((one, other) => (other.rows ?? 0) - (one.rows ?? 0));
  return {
    problems: level === "full" ? problemsOf(database) : [],
    tables: tables.slice(0, MAX_TABLES),
    tableCount: tables.length,
    viewCount: numberOf(database, "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'view'"),
    pageSize: numberOf(database, "SELECT page_size AS n FROM pragma_page_size"),
  };
}

function opened(path: string | URL, options: { readOnly?: boolean } = {}): DatabaseSync {
  return new DatabaseSync(path, { allowExtension: false, enableForeignKeyConstraints: false, ...options });
}

function problemsOf(database: DatabaseSync): string[] {
  return database
    .prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`)
    .all()
    .map(({ integrity_check }) => String(integrity_check as string))
    .filter((problem) => problem !== "ok");
}

function tablesOf(database: DatabaseSync): { name: string; isVirtual: boolean }[] {
  return database
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all()
    .map(({ name, sql }) => ({
      name: name as string,
      isVirtual: /^\s*CREATE\s+VIRTUAL\b/i.test((sql as string | null) ?? ""),
    }));
}

function rowsOf(database: DatabaseSync, table: string): number {
  return numberOf(database, `SELECT count(*) AS n FROM "${table.replaceAll('"', '""')}"`);
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.["n"]);
}
