/**
 * Puts restored tables in the place of those in use. MySQL knows no transaction of that: tables of all databases change places in one
 * statement, which is atomic, but triggers must be gone before, and views, routines and events come behind. What it takes to undo that is
 * therefore in the server before the first statement, and whoever finds it there, undoes it: a restore is whole, or has not been.
 */
import { z } from "zod";
import { isBeside } from "../../dump/name-beside.ts";
import { toolError } from "../../dump/tool-error.ts";
import { execute, mysqlTool } from "./client.ts";
import { quoteName, textOf } from "./quoting.ts";
import {
  ask,
  databasesOf,
  fromHex,
  inDatabase,
  schemaFacts,
  type Charset,
  type SchemaFacts,
  type Server,
} from "./schema-facts.ts";
import { DumpSplitter, type Code } from "./split-dump.ts";

export interface Exchange {
  /** In use from then on under this name. */
  database: string;
  fresh: string;
  /** Has the tables that were in use then, and the code as text. */
  old: string;
  code: Code;
}

/** In the old database. The plan is one until the exchange begins; it is to be undone until it is done. */
const TABLES = { plan: "holdfast_plan", undo: "holdfast_undo", done: "holdfast_code" } as const;
const OWN_TABLES: readonly string[] = Object.values(TABLES);
/** Of code in one row. */
const PART_BYTES = 256 * 1024;
/** Nobody waits longer for a table that somebody else uses. */
const BEGIN = "SET SESSION lock_wait_timeout = 60, foreign_key_checks = 0;";

const Plan = z.object({
  database: z.string(),
  fresh: z.string(),
  /** Undefined: there was no such database. */
  charset: z.object({ characterSet: z.string(), collation: z.string() }).optional(),
  oldTables: z.number(),
  freshTables: z.number(),
  parts: z.number(),
});
type Plan = z.infer<typeof Plan>;

/** Changes nothing that is in use. Gives a sentence for what could not be put back if it came to that. */
export async function prepare(server: Server, { database, fresh, old }: Exchange): Promise<string[]> {
  const charset = (await databasesOf(server)).get(database);
  const { code, warnings } = await codeOf(server, database, charset !== undefined);
  const parts = chunksOf(Buffer.from(code));
  const plan: Plan = {
    ...{ database, fresh, charset, parts: parts.length },
    oldTables: (await schemaFacts(server, database)).tables.length,
    freshTables: (await schemaFacts(server, fresh)).tables.length,
  };
  const table = inDatabase(old, TABLES.plan);
  const rows = [Buffer.from(JSON.stringify(plan)), ...parts].map(
    (part, at) => `INSERT INTO ${table} VALUES (${at}, 0x${part.toString("hex")});`,
  );
  await run(server, [
    `CREATE DATABASE ${quoteName(old)};`,
    `CREATE TABLE ${table} (part INT PRIMARY KEY, content MEDIUMBLOB NOT NULL) ENGINE = InnoDB;`,
    ...rows,
  ]);
  return warnings;
}

/** All of them or, once `putBack` has been called for those that are left, none. */
export async function exchange(server: Server, exchanges: readonly Exchange[]): Promise<void> {
  const charsets = await databasesOf(server);
  const sides = await Promise.all(
    exchanges.map(async (one) => ({
      ...one,
      there: await schemaFacts(server, one.database),
      tables: (await schemaFacts(server, one.fresh)).tables,
    })),
  );
  await cutOff(server, exchanges);
  await run(
    server,
    [
      BEGIN,
      renamed(exchanges.map(({ old }) => [inDatabase(old, TABLES.plan), inDatabase(old, TABLES.undo)])),
      ...sides.flatMap(({ database, there }) => [
        `CREATE DATABASE IF NOT EXISTS ${quoteName(database)};`,
        ...dropTriggers(database, there),
      ]),
      renamed(
        sides.flatMap(({ database, fresh, old, there, tables }) => [
          ...there.tables.map((name) => [inDatabase(database, name), inDatabase(old, name)] as const),
          ...tables.map((name) => [inDatabase(fresh, name), inDatabase(database, name)] as const),
        ]),
      ),
      ...sides.flatMap(({ database, fresh, there, code }) => [
        ...there.drops,
        ...setCharset(database, charsets.get(fresh)),
        ...useCode(database, code.body + code.events),
      ]),
      renamed(exchanges.map(({ old }) => [inDatabase(old, TABLES.undo), inDatabase(old, TABLES.done)])),
    ],
    { isWhole: true },
  );
}

/** Of exchanges that are done: they are to be undone from then on, whoever comes by. */
export async function undoDone(server: Server, olds: readonly string[]): Promise<void> {
  await run(server, [
    renamed(olds.map((old) => [inDatabase(old, TABLES.done), inDatabase(old, TABLES.undo)])),
  ]);
}

/** Can be called again where it was cut off itself. Gives the name of the database that is again what it was. */
export async function putBack(server: Server, old: string): Promise<string> {
  const { plan, code } = await readPlan(server, old);
  const { database, fresh, charset } = plan;
  const there = await schemaFacts(server, database);
  const olds = (await schemaFacts(server, old)).tables.filter((name) => !OWN_TABLES.includes(name));
  const isMoved = await wasMoved(server, plan, olds);
  await run(
    server,
    [
      BEGIN,
      ...dropTriggers(database, there),
      `CREATE DATABASE IF NOT EXISTS ${quoteName(fresh)};`,
      ...(isMoved
        ? [
            renamed([
              ...there.tables.map((name) => [inDatabase(database, name), inDatabase(fresh, name)] as const),
              ...olds.map((name) => [inDatabase(old, name), inDatabase(database, name)] as const),
            ]),
          ]
        : []),
      ...there.drops,
      ...(charset === undefined ? [dropped(database)] : setCharset(database, charset)),
    ],
    { isWhole: true },
  );
  // What was broken in it before cannot be made again, and nothing else is left out for that.
  if (charset !== undefined) await run(server, useCode(database, code), { isForced: true });
  await drop(server, [old, fresh]);
  return database;
}

/** What killed restores of the job have left: those in the middle of an exchange are undone, the others never were. */
export async function tidy(server: Server): Promise<string[]> {
  const names = [...(await databasesOf(server)).keys()];
  const back: string[] = [];
  for (const old of names.filter((name) => isBeside(name, "old", server.owner))) {
    const { tables } = await schemaFacts(server, old);
    if (tables.includes(TABLES.undo)) back.push(await putBack(server, old));
    else if (!tables.includes(TABLES.done)) await drop(server, [old]);
  }
  await drop(
    server,
    names.filter((name) => isBeside(name, "new", server.owner)),
  );
  return back;
}

/** Where an exchange was begun and is not done. */
export async function isToUndo(server: Server, old: string): Promise<boolean> {
  return (await schemaFacts(server, old)).tables.includes(TABLES.undo);
}

export async function drop(server: Server, databases: readonly string[]): Promise<void> {
  await run(server, databases.map(dropped));
}

export async function run(
  { place, login, tools, ...asked }: Server,
  statements: readonly string[],
  { isWhole = false, isForced = false }: { isWhole?: boolean; isForced?: boolean } = {},
): Promise<void> {
  if (statements.length === 0) return;
  // What is whole only when it is done is not left in its middle.
  const signal = isWhole ? new AbortController().signal : asked.signal;
  await execute(place, login, {
    ...{ client: tools.client, sql: statements.join("\n"), what: asked.what, isWhole, isForced, signal },
  });
}

export function useCode(database: string, code: string): string[] {
  return code === "" ? [] : [`USE ${quoteName(database)};`, code];
}

export function dropTriggers(database: string, { triggers }: SchemaFacts): string[] {
  return triggers.map((name) => `DROP TRIGGER IF EXISTS ${inDatabase(database, name)};`);
}

/** The tables of both, or none: it is one statement. */
async function wasMoved(
  server: Server,
  { fresh, oldTables, freshTables }: Plan,
  olds: readonly string[],
): Promise<boolean> {
  if (oldTables > 0) return olds.length > 0;
  return freshTables > 0 && (await schemaFacts(server, fresh)).tables.length === 0;
}

async function readPlan(server: Server, old: string): Promise<{ plan: Plan; code: string }> {
  const table = inDatabase(old, TABLES.undo);
  const read = async (part: number): Promise<string> => {
    const [row] = await ask(server, `SELECT HEX(content), '' FROM ${table} WHERE part = ${part}`);
    return row?.[0] ?? "";
  };
  const plan = Plan.parse(JSON.parse(fromHex(await read(0))));
  const parts: string[] = [];
  for (let at = 1; at <= plan.parts; at += 1) parts.push(await read(at));
  return { plan, code: fromHex(parts.join("")) };
}

/** As the server's own tool writes it. What is broken there already cannot be put back, and is no reason not to restore. */
async function codeOf(
  { place, login, tools, isMariadb, what, signal }: Server,
  database: string,
  isThere: boolean,
): Promise<{ code: string; warnings: string[] }> {
  if (!isThere) return { code: "", warnings: [] };
  const splitter = new DumpSplitter((name) => name);
  const tool = mysqlTool(login, [
    ...[tools.dump, "--force", "--no-data", "--routines", "--events", "--triggers", "--skip-lock-tables"],
    ...["--default-character-set=utf8mb4", "--no-tablespaces"],
    ...(isMariadb ? [] : ["--set-gtid-purged=OFF"]),
    ...["--", database],
  ]);
  const write = async (chunk: Uint8Array): Promise<void> => void splitter.push(chunk);
  const end = await place.run(tool, { stdout: { write } }, signal);
  splitter.finish();
  const code = splitter.code.get("") ?? { body: "", events: "" };
  const warnings =
    end.exitCode === 0
      ? []
      : [
          `Not every view, trigger, routine and event that is in database ${database} now could be put back if need be. ${toolError({ what, place, tool, end }).message}`,
        ];
  return { code: code.body + code.events, warnings };
}

/** Whoever is still connected holds what is to move, maybe. Who is gone by then is no failure. */
async function cutOff(server: Server, exchanges: readonly Exchange[]): Promise<void> {
  const names = exchanges.map(({ database }) => textOf(database)).join(", ");
  const rows = await ask(
    server,
    `SELECT ID, '' FROM information_schema.PROCESSLIST WHERE DB IN (${names}) AND ID <> CONNECTION_ID()`,
  );
  for (const [id = ""] of rows) await run(server, [`KILL ${Number(id)};`]).catch(() => undefined);
}

function setCharset(database: string, charset: Charset | undefined): string[] {
  if (charset === undefined) return [];
  const { characterSet, collation } = charset;
  return [`ALTER DATABASE ${quoteName(database)} CHARACTER SET ${characterSet} COLLATE ${collation};`];
}

function renamed(pairs: readonly (readonly [from: string, to: string])[]): string {
  if (pairs.length === 0) return "";
  return `RENAME TABLE ${pairs.map(([from, to]) => `${from} TO ${to}`).join(", ")};`;
}

function dropped(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoteName(database)};`;
}

function chunksOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, at) =>
    bytes.subarray(at * PART_BYTES, (at + 1) * PART_BYTES),
  );
}
