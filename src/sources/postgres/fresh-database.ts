/** Databases of a restore: made beside those in use, which they take the place of in one transaction. */
import type { ToolPlace } from "../../dump/dump-kind.ts";
import { execute, query, quoteName, quoteText, type PostgresLogin } from "./client.ts";
import type { Toc } from "./custom-toc.ts";

export interface Server {
  place: ToolPlace;
  login: PostgresLogin;
  /** Of the job that restores: see name-beside.ts. */
  owner: string;
  /** The start of each error. */
  what: string;
  signal: AbortSignal;
}

export interface Exchange {
  /** In use from then on under this name. */
  database: string;
  fresh: string;
  /** What the one in use is called then; undefined: there is none. */
  old: string | undefined;
  /** Statements on the database itself, under its name. */
  properties: readonly string[];
}

/** One that is not among those that are restored, to be connected to. */
export function otherThan(databases: readonly string[]): string {
  return databases.includes("postgres") ? "template1" : "postgres";
}

/** As the dumped one was made: with its encoding, its locale, and its owner where that is known. */
export async function makeFresh(
  server: Server,
  { fresh, from, toc }: { fresh: string; from: string; toc: Toc | undefined },
): Promise<void> {
  const entry = toc?.ofDatabase.find(({ type }) => type === "DATABASE");
  const made = /^CREATE DATABASE (?:"(?:[^"]|"")*"|\S+) WITH ([^;]*);/.exec(entry?.definition ?? "")?.[1];
  const owner = entry === undefined || entry.owner === "" ? "" : ` OWNER = ${quoteName(entry.owner)}`;
  await query(server.place, server.login, {
    ...server,
    sql: `CREATE DATABASE ${quoteName(fresh)} WITH ${made ?? "TEMPLATE = template0"}${owner}`,
    database: from,
  });
}

/** All or none of them. Whoever is connected is cut off, and tried again for while others come back. */
export async function exchange(server: Server, exchanges: readonly Exchange[], from: string): Promise<void> {
  const statements = exchanges.flatMap(({ database, fresh, old, properties }) => [
    cutOff([database, fresh]),
    ...(old === undefined ? [] : [rename(database, old)]),
    rename(fresh, database),
    ...properties,
  ]);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await execute(server.place, server.login, {
        ...server,
        sql: statements.join("\n"),
        database: from,
      });
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !/being accessed by other users/.test(String(error))) throw error;
    }
  }
}

/** PostgreSQL itself waits for 5 seconds each time. */
const MOST_ATTEMPTS = 6;

export async function drop(server: Server, databases: readonly string[], from: string): Promise<void> {
  for (const database of databases) {
    await query(server.place, server.login, { ...server, sql: cutOff([database]), database: from });
    await query(server.place, server.login, {
      ...server,
      sql: `DROP DATABASE IF EXISTS ${quoteName(database)}`,
      database: from,
    });
  }
}

function cutOff(databases: readonly string[]): string {
  const names = databases.map(quoteText).join(", ");
  return `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname IN (${names}) AND pid <> pg_backend_pid();`;
}

function rename(from: string, to: string): string {
  return `ALTER DATABASE ${quoteName(from)} RENAME TO ${quoteName(to)};`;
}
