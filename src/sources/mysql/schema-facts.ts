/** What is in databases of a MySQL or MariaDB server, by name, as far as a restore has to move or drop it. */
import type { ToolPlace } from "../../dump/dump-kind.ts";
import { findTools, query, type MysqlLogin, type MysqlTools } from "./client.ts";
import { quoteName, textOf } from "./quoting.ts";

export interface Server {
  place: ToolPlace;
  login: MysqlLogin;
  tools: MysqlTools;
  isMariadb: boolean;
  /** Of the job that restores: see name-beside.ts. */
  owner: string;
  /** The start of each error. */
  what: string;
  signal: AbortSignal;
}

/** Asks the server what it is. */
export async function connect(to: Omit<Server, "tools" | "isMariadb">): Promise<Server> {
  const { place, what, signal } = to;
  const tools = await findTools(place, { what, signal });
  const [row] = await ask({ ...to, tools, isMariadb: false }, "SELECT HEX(VERSION()), ''");
  return { ...to, tools, isMariadb: fromHex(row?.[0]).includes("MariaDB") };
}

export interface SchemaFacts {
  /** With all that has rows, as sequences have one. */
  tables: readonly string[];
  triggers: readonly string[];
  /** Statements that drop what cannot be moved and is not dropped with its table. */
  drops: readonly string[];
}

/** No rows: of a database that is not there, too. */
export async function schemaFacts(server: Server, database: string): Promise<SchemaFacts> {
  const of = textOf(database);
  const rows = await ask(
    server,
    [
      `SELECT IF(TABLE_TYPE = 'VIEW', 'VIEW', 'table'), HEX(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${of}`,
      `SELECT 'trigger', HEX(TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${of}`,
      // The body of a package is dropped with it.
      `SELECT ROUTINE_TYPE, HEX(ROUTINE_NAME) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${of} AND ROUTINE_TYPE <> 'PACKAGE BODY'`,
      `SELECT 'EVENT', HEX(EVENT_NAME) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${of}`,
    ].join(" UNION ALL "),
  );
  const named = rows.map(([kind = "", name = ""]) => ({ kind, name: fromHex(name) }));
  const ofKind = (wanted: string): string[] =>
    named.flatMap(({ kind, name }) => (kind === wanted ? name : []));
  return {
    tables: ofKind("table"),
    triggers: ofKind("trigger"),
    drops: named.flatMap(({ kind, name }) =>
      kind === "table" || kind === "trigger" ? [] : `DROP ${kind} IF EXISTS ${inDatabase(database, name)};`,
    ),
  };
}

/** All databases, the server's own among them. */
export async function databasesOf(server: Server): Promise<Map<string, Charset>> {
  const rows = await ask(
    server,
    "SELECT HEX(SCHEMA_NAME), DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA",
  );
  return new Map(
    rows.map(([name, characterSet = "", collation = ""]) => [fromHex(name), { characterSet, collation }]),
  );
}

export interface Charset {
  characterSet: string;
  collation: string;
}

/** Tables of other databases with a foreign key to one of these, as `database.table`: they would follow the old ones. */
export async function foreignReferences(server: Server, databases: readonly string[]): Promise<string[]> {
  const names = databases.map(textOf).join(", ");
  const rows = await ask(
    server,
    `SELECT DISTINCT HEX(CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME)), '' FROM information_schema.REFERENTIAL_CONSTRAINTS
       WHERE UNIQUE_CONSTRAINT_SCHEMA IN (${names}) AND CONSTRAINT_SCHEMA NOT IN (${names})`,
  );
  return rows.map(([name]) => fromHex(name)).sort();
}

/** Without a database: which one there is is not known. */
export async function ask({ place, login, tools, ...asked }: Server, sql: string): Promise<string[][]> {
  return query(place, login, { client: tools.client, database: "information_schema", sql, ...asked });
}

export function inDatabase(database: string, name: string): string {
  return `${quoteName(database)}.${quoteName(name)}`;
}

export function fromHex(text = ""): string {
  return Buffer.from(text, "hex").toString("utf8");
}
