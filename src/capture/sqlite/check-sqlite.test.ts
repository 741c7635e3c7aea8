/** Verdicts on copies of SQLite databases. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../observability/system-clock.ts";
import { checkSqlite, type SqliteCheckOrder } from "./check-sqlite.ts";

const PAGE = 4096;

async function check(path: string, changes: Partial<SqliteCheckOrder> = {}) {
  const { signal } = new AbortController();
  return checkSqlite({ path, level: "full", timeout: 60_000, clock: systemClock, signal, ...changes });
}

function made(sql: string): string {
  const path = join(temporaryDirectory(), "database");
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(sql);
  database.close();
  return path;
}

const ROWS = `
  CREATE TABLE few (id INTEGER PRIMARY KEY);
  CREATE TABLE "many rows" (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
  CREATE VIEW seen AS SELECT * FROM few;
  WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 5000)
    INSERT INTO "many rows" SELECT i, hex(randomblob(30)) FROM r`;

it("tells of a sound database what is in it, and writes nothing beside it", async () => {
  const path = made(`PRAGMA journal_mode = WAL; ${ROWS}`);
  expect(await check(path)).toEqual({
    state: "sound",
    facts: {
      libraryVersion: expect.stringMatching(/^3\.\d+\.\d+$/) as string,
      encrypted: false,
      tables: [
        { name: "many rows", rows: 5000 },
        { name: "few", rows: 0 },
      ],
      tableCount: 2,
      viewCount: 1,
      walBytes: 0,
      pageSize: PAGE,
      journalMode: "wal",
    },
  });
  expect(await check(path, { level: "light" })).toMatchObject({
    facts: { tables: [{ name: "few" }, { name: "many rows" }] },
  });
  expect(readdirSync(dirname(path))).toEqual(["database"]);
});

it("finds pages that contradict one another, and no file at all behind the name of one", async () => {
  const path = made(ROWS);
  const whole = readFileSync(path);
  for (const page of [0, 3, 20, whole.length / PAGE - 1]) {
    const bytes = Buffer.from(whole);
    bytes.fill(0xa5, page * PAGE + 16, (page + 1) * PAGE);
    writeFileSync(path, bytes);
    expect((await check(path)).state, `page ${page}`).toBe("damaged");
  }
  writeFileSync(path, whole.subarray(0, whole.length / 2));
  expect((await check(path)).state).toBe("damaged");
});

it("does not blame a file for a part that its program adds to SQLite", async () => {
  const path = made(`${ROWS}; CREATE VIRTUAL TABLE words USING fts5 (text); PRAGMA writable_schema = ON;
    INSERT INTO sqlite_schema VALUES ('table', 'places', 'places', 0, 'CREATE VIRTUAL TABLE places USING spatial (x)')`);
  expect((await check(path)).state).not.toBe("damaged");
});

it("reads what a log beside the copy holds", async () => {
  const path = join(temporaryDirectory(), "database");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)");
  const copy = `${path}-copy`;
  for (const suffix of ["", "-wal"]) writeFileSync(copy + suffix, readFileSync(path + suffix));
  database.close();
  const verdict = await check(copy);
  expect(verdict).toMatchObject({ state: "sound", facts: { tables: [{ name: "t", rows: 1 }] } });
});
