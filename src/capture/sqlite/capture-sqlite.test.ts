/** Captures of SQLite databases in every state that a program can leave them in. That of live ones: test/torture/sqlite. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../observability/system-clock.ts";
import type { CapturedDatabase, DatabaseOrder } from "../database-capture.ts";
import { captureSqlite, copySqliteHeld } from "./capture-sqlite.ts";

interface Place {
  root: string;
  live: string;
  scratch: string;
}

function place(): Place {
  const root = temporaryDirectory();
  const [live, scratch] = [join(root, "live"), join(root, "scratch")];
  mkdirSync(live);
  mkdirSync(scratch);
  return { root, live, scratch };
}

function orderOf(
  { scratch }: Place,
  path: string | Buffer,
  changes: Partial<DatabaseOrder> = {},
): DatabaseOrder {
  return {
    ...{ path: Buffer.from(path), scratch, rule: "optimistic", freeze: undefined, clock: systemClock },
    random: () => 0,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Hands over the files that a program would leave if it were killed when the statements are done. */
function left(at: Place, statements: string[]): string {
  const origin = join(at.root, "origin");
  mkdirSync(origin);
  const database = new DatabaseSync(join(origin, "a.db"));
  for (const statement of statements) database.exec(statement);
  cpSync(origin, at.live, { recursive: true });
  database.close();
  return join(at.live, "a.db");
}

function valuesIn({ members }: CapturedDatabase, sql: string): unknown[] {
  expect(members.map(({ suffix }) => suffix)).toEqual([""]);
  const database = new DatabaseSync(members[0]?.path ?? "", { readOnly: true });
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map((row) => Object.values(row)[0]);
}

function contentOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name)).toString("base64")]),
  );
}

const ROWS =
  "WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 2000) INSERT INTO t SELECT i, hex(randomblob(100)) FROM r";
const TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)";

it("takes in what the log of a killed program holds, and stays a database with a log", async () => {
  const at = place();
  const path = left(at, [
    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0",
    TABLE,
    "INSERT INTO t VALUES (7, 'committed')",
    "BEGIN; INSERT INTO t VALUES (8, 'not committed')",
  ]);
  const before = contentOf(at.live);
  const captured = await captureSqlite(orderOf(at, path));
  expect(captured.facts).toMatchObject({ mode: "optimistic", tries: 1 });
  expect(readdirSync(at.scratch)).toEqual(["database"]);
  expect(valuesIn(captured, "SELECT id FROM t")).toEqual([7]);
  expect(valuesIn(captured, "PRAGMA journal_mode")).toEqual(["wal"]);
  expect(contentOf(at.live)).toEqual(before);
});

/** More than the cache holds is written to the file before it is committed. */
const SPILLED = ["PRAGMA cache_size = 1", TABLE, ROWS, "BEGIN", "UPDATE t SET text = 'torn'"];

it("rolls back on scratch what a killed program was writing, and leaves its journal where it is", async () => {
  const at = place();
  const path = left(at, SPILLED);
  const before = contentOf(at.live);
  expect(Object.keys(before)).toEqual(["a.db", "a.db-journal"]);
  const captured = await captureSqlite(orderOf(at, path));
  expect(valuesIn(captured, "SELECT count(*) FROM t WHERE text = 'torn'")).toEqual([0]);
  expect(valuesIn(captured, "SELECT count(*) FROM t")).toEqual([2000]);
  expect(readdirSync(at.scratch)).toEqual(["database"]);
  expect(contentOf(at.live)).toEqual(before);
});

it("does the same while its writers are held", async () => {
  const at = place();
  const path = left(at, SPILLED);
  const freeze: DatabaseOrder["freeze"] = async (work) => ({
    value: await work(new AbortController().signal),
    heldMs: 12,
  });
  const captured = await captureSqlite(orderOf(at, path, { rule: "freeze", freeze }));
  expect(captured.facts).toMatchObject({ mode: "frozen", tries: 1, heldMs: 12 });
  expect(valuesIn(captured, "SELECT count(*) FROM t WHERE text = 'torn'")).toEqual([0]);
});

it("does not decide by itself on a transaction over several databases", async () => {
  const at = place();
  const path = left(at, SPILLED);
  const name = Buffer.from("/nowhere/a.db-mj01234567");
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(name.length, 0);
  tail.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  );
  const journal = `${path}-journal`;
  const magic = readFileSync(journal).subarray(0, 8);
  writeFileSync(journal, Buffer.concat([Buffer.from([0, 0, 0, 1]), name, tail, magic]), { flag: "a" });
  await expect(captureSqlite(orderOf(at, path))).rejects.toThrow(
    /a transaction over several databases was being committed/,
  );
  expect(await copySqliteHeld(orderOf(at, path))).toBe("checkpointing");
  expect(readdirSync(at.scratch)).toEqual([]);
});

it.each(["DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL"])(
  "captures a database that nobody has open, in journal mode %s",
  async (mode) => {
    const at = place();
    const path = join(at.live, "it's a % database?.db");
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = ${mode}; ${TABLE}; INSERT INTO t VALUES (1, 'x')`);
    database.close();
    const before = contentOf(at.live);
    expect(valuesIn(await captureSqlite(orderOf(at, path)), "SELECT id FROM t")).toEqual([1]);
    expect(contentOf(at.live)).toEqual(before);
  },
);

it("captures one whose name is no text", async () => {
  const at = place();
  const path = Buffer.concat([
    Buffer.from(join(at.live, "a")),
    Buffer.from([0xff, 0x20, 0x25]),
    Buffer.from(".db"),
  ]);
  copyFileSync(left(at, [TABLE, "INSERT INTO t VALUES (1, 'x')"]), path);
  expect(valuesIn(await captureSqlite(orderOf(at, path)), "SELECT id FROM t")).toEqual([1]);
});

it("gives a damaged one as it is: the check will say so", async () => {
  const at = place();
  const path = left(at, [TABLE, ROWS]);
  const bytes = readFileSync(path);
  bytes.fill(0xff, 100, 4096);
  writeFileSync(path, bytes);
  const { members } = await captureSqlite(orderOf(at, path));
  expect(readFileSync(members[0]?.path ?? "").equals(bytes)).toBe(true);
});

it("says what is in the way, and leaves nothing in the scratch directory", async () => {
  const at = place();
  const text = join(at.live, "text.db");
  writeFileSync(text, "a text");
  const link = join(at.live, "link.db");
  symlinkSync(left(at, [TABLE]), link);
  const aborted = { signal: AbortSignal.abort() };
  const cases: [Partial<DatabaseOrder>, string, string][] = [
    [{}, join(at.live, "gone.db"), "not-found"],
    [{}, text, "source"],
    [{}, link, "source"],
    [{ rule: "freeze" }, join(at.live, "a.db"), "unsupported"],
    [aborted, join(at.live, "a.db"), "cancelled"],
  ];
  for (const [changes, path, code] of cases)
    await expect(captureSqlite(orderOf(at, path, changes)), path).rejects.toMatchObject({ code });
  expect(readdirSync(at.scratch)).toEqual([]);
});
