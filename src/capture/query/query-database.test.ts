/** A question reaches nothing but its database, and no more of the machine than it may. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { makeDuckdb, makeEncryptedDuckdb } from "../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { queryDatabase, type Answer, type QueryOrder } from "./query-database.ts";
import { readRows } from "./rows-file.ts";

const { signal } = new AbortController();

async function made(kind: QueryOrder["kind"]): Promise<string> {
  const path = join(temporaryDirectory(), "database");
  if (kind === "duckdb") await makeDuckdb(path, ["CREATE TABLE t AS SELECT 1 AS n"]);
  else {
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
    database.close();
  }
  return path;
}

type Question = Partial<QueryOrder> & Pick<QueryOrder, "kind" | "path" | "sql">;
let questions = 0;

async function ask(question: Question): Promise<Answer & { rows: unknown[] }> {
  const rowsPath = `${question.path}.rows${(questions += 1)}`;
  const clock = new FakeClock();
  const limits = { maxRows: 100, memoryLimitMiB: 64, timeout: 60_000 };
  const answer = await queryDatabase({ ...limits, name: "it", rowsPath, clock, signal, ...question });
  const rows = [];
  for await (const row of readRows(rowsPath)) rows.push(row);
  return { ...answer, rows };
}

describe.each(["duckdb", "sqlite"] as const)("a question to a %s database", (kind) => {
  it("reaches no other file", async () => {
    const path = await made(kind);
    const other = `${path}.other`;
    for (const sql of [
      `COPY t TO '${other}'`,
      `ATTACH '${other}' AS other`,
      `VACUUM INTO '${other}'`,
      `SELECT * FROM read_text('/etc/hostname')`,
      `SELECT load_extension('${other}')`,
      "SET enable_external_access = true",
      "INSERT INTO t VALUES (2)",
      "CREATE TABLE made (n INTEGER)",
      "",
    ]) {
      await expect(ask({ kind, path, sql }), sql).rejects.toMatchObject({ code: "usage" });
    }
    expect(existsSync(other)).toBe(false);
    expect((await ask({ kind, path, sql: "SELECT * FROM t" })).rows).toEqual([[1]]);
  });

  it("takes no more memory than it may", async () => {
    const path = await made(kind);
    const sql = {
      duckdb: "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(1000)",
      sqlite:
        "SELECT length(group_concat(x)) FROM (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 100) SELECT printf('%.1000000c', 'x') AS x FROM r)",
    }[kind];
    await expect(ask({ kind, path, sql })).rejects.toMatchObject({
      message: expect.stringContaining("it takes more memory than 67.1 MB") as string,
    });
  });

  it("gives the first rows and says whether there are more", async () => {
    const path = await made(kind);
    const sql = "SELECT 1 AS n UNION ALL SELECT 2";
    expect(await ask({ kind, path, sql, maxRows: 1 })).toMatchObject({
      rows: [[1]],
      rowCount: 1,
      isCut: true,
    });
    expect(await ask({ kind, path, sql, maxRows: 2 })).toMatchObject({ rowCount: 2, isCut: false });
  });
});

it("takes a hot journal and a log of SQLite into account", async () => {
  const path = await made("sqlite");
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (2)");
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  expect((await ask({ kind: "sqlite", path, sql: "SELECT sum(n) FROM t" })).rows).toEqual([[3]]);
  writer.close();
});

it("lets DuckDB put aside on disk what is too large for its memory, and leaves none of it", async () => {
  const path = await made("duckdb");
  const sql = "SELECT count(*) FROM (SELECT i FROM range(8000000) r(i) ORDER BY hash(i))";
  expect((await ask({ kind: "duckdb", path, sql: "SELECT max(n) FROM t" })).rows).toEqual([[1]]);
  expect((await ask({ kind: "duckdb", path, sql })).rows).toEqual([[8_000_000]]);
  expect(readdirSync(join(path, "..")).filter((name) => name.includes("spill"))).toEqual([]);
});

it("tells no key, whatever is wrong", async () => {
  const path = join(temporaryDirectory(), "database");
  await makeEncryptedDuckdb(path, "right", ["CREATE TABLE t AS SELECT 1 AS n"]);
  const kind = "duckdb";
  expect((await ask({ kind, path, key: "right", sql: "FROM t" })).rows).toEqual([[1]]);
  for (const key of ["secret'key", undefined]) {
    const error: unknown = await ask({
      kind,
      path,
      sql: "FROM t",
      ...(key === undefined ? {} : { key }),
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unsupported" });
    expect(String(error)).not.toContain("secret");
  }
});
