/** `holdfast query`: what a captured database says, with nothing of it left, whatever happens. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { makeDuckdb, makeEncryptedDuckdb } from "../fakes/duckdb-file.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const DATABASE = "state of täles/main.duckdb";
/** A log in which an index is made, which no reader can replay. */
const STATEMENTS = [
  "CREATE TABLE t (n BIGINT, name VARCHAR)",
  "INSERT INTO t VALUES (1, 'a'), (9007199254740993, 'with \"quotes\", and a comma')",
  "CHECKPOINT",
  "CREATE INDEX by_n ON t (n)",
  "INSERT INTO t VALUES (3, NULL)",
];

async function stackWith(key?: string): Promise<{ stack: TestStack; point: string }> {
  const rules = key === undefined ? [] : [{ match: "**/*.duckdb", key }];
  const stack = testStack();
  const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
  stack.configure({ jobs: { data: { source } } });
  stack.write({ "notes.txt": "beside it" });
  const path = join(stack.source(), DATABASE);
  mkdirSync(join(path, ".."));
  await (key === undefined ? makeDuckdb(path, STATEMENTS) : makeEncryptedDuckdb(path, key, STATEMENTS));
  const live = new DatabaseSync(join(stack.source(), "app.db"));
  live.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER, b BLOB, r REAL)");
  live.exec("INSERT INTO t VALUES (9007199254740993, x'00ff', 0.5), (2, NULL, NULL)");
  const point = await stack.backUp();
  live.close();
  return { stack, point };
}

function scratchOf(stack: TestStack): string[] {
  return readdirSync(stack.path("state/scratch"));
}

describe("query", () => {
  it("shows rows of a DuckDB database as a table, as CSV and as JSON, its log included", async () => {
    const { stack, point } = await stackWith();
    const ask = async (...args: string[]) => (await stack.done("query", point, DATABASE, ...args)).stdout;
    expect(await ask("SELECT n, n AS n, name FROM t WHERE n <> 1 ORDER BY n DESC")).toBe(
      'n                  n                  name\n9007199254740993   9007199254740993   with "quotes", and a comma\n3                  3                  NULL\n',
    );
    expect(await ask("FROM t ORDER BY n", "--csv")).toBe(
      'n,name\n1,a\n3,\n9007199254740993,"with ""quotes"", and a comma"\n',
    );
    expect(
      JSON.parse(await ask("SELECT n, 1 AS n, count(*) AS c FROM t GROUP BY t.n ORDER BY t.n", "--json")),
    ).toEqual({
      columns: ["n", "n:1", "c"],
      rowCount: 3,
      isCut: false,
      rows: [
        { n: 1, "n:1": 1, c: 1 },
        { n: 3, "n:1": 1, c: 1 },
        { n: "9007199254740993", "n:1": 1, c: 1 },
      ],
    });
    expect(await ask("FROM t WHERE false")).toBe("n   name\n");
    expect(scratchOf(stack)).toEqual([]);
  });

  it("asks a SQLite database", async () => {
    const { stack, point } = await stackWith();
    const { stdout } = await stack.done("query", point, "app.db", "SELECT * FROM t", "--csv");
    expect(stdout).toBe("n,b,r\n9007199254740993,X'00FF',0.5\n2,,\n");
    expect(scratchOf(stack)).toEqual([]);
  });

  it("shows 100 rows, and says that there are more", async () => {
    const { stack, point } = await stackWith();
    const many = await stack.done("query", point, DATABASE, "FROM range(101)");
    expect(many.stdout.split("\n")).toHaveLength(102);
    expect(many.stderr).toBe("Only the first 100 rows: more with --limit ROWS.\n");
    const sql = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT i FROM r";
    const endless = await stack.done("query", point, "app.db", sql, "--limit", "30000", "--csv");
    expect(endless.stdout.split("\n")).toHaveLength(30_002);
  });

  it("opens an encrypted one with the key of the job's rule, and never tells it", async () => {
    const { stack, point } = await stackWith("a key o'f its own");
    const sql = "SELECT count(*) AS c FROM t";
    expect((await stack.done("query", point, DATABASE, sql)).stdout).toBe("c\n3\n");
    for (const rules of [[], [{ match: "**", key: "another key of its own" }]]) {
      const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
      stack.configure({ jobs: { data: { source } } });
      const { exitCode, stderr } = await stack.run("query", point, DATABASE, sql);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^holdfast: Querying .* failed: it is encrypted, and (no key|the configured key) .*\n$/,
      );
      expect(stderr).not.toContain("another key of its own");
    }
    expect(scratchOf(stack)).toEqual([]);
  });

  it("says in one sentence what it does not do", async () => {
    const { stack, point } = await stackWith();
    const refused = [
      { path: DATABASE, sql: "INSERT INTO t VALUES (4, 'd')", why: /read-only/ },
      { path: DATABASE, sql: "SELEC 1", why: /syntax error/ },
      { path: "notes.txt", sql: "SELECT 1", why: /was not captured as a DuckDB or SQLite database/ },
    ];
    for (const { path, sql, why } of refused) {
      const { exitCode, stderr } = await stack.run("query", point, path, sql);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(why) as string,
      });
      expect(stderr).toMatch(/^holdfast: Querying .* failed: [^\n]+; [^\n]+\.\n$/);
    }
    expect(scratchOf(stack)).toEqual([]);
  });

  it.each([DATABASE, "app.db"])("gives up %s in time", async (path) => {
    const { stack, point } = await stackWith();
    const { exitCode, stderr } = await stack.run("query", point, path, ENDLESS, "--timeout", "2s");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/failed: it took longer than 2/);
    expect(scratchOf(stack)).toEqual([]);
  });

  it("leaves nothing when it is cancelled, and no process of its own", async () => {
    const { stack, point } = await stackWith();
    const running = stack.start("query", point, DATABASE, ENDLESS);
    const [child = ""] = await waitUntil("the process that asks", () => {
      const children = childrenOf(running.pid);
      return scratchOf(stack).length > 0 && children.length > 0 ? children : undefined;
    });
    running.kill("SIGINT");
    expect((await running.ended).exitCode).toBe(130);
    expect(scratchOf(stack)).toEqual([]);
    expect(existsSync(`/proc/${child}/exe`)).toBe(false);
  });

  it("removes what a killed one has left", async () => {
    const { stack, point } = await stackWith();
    const running = stack.start("query", point, DATABASE, ENDLESS);
    await waitUntil("the copy", () => (scratchOf(stack).length > 0 ? true : undefined));
    running.kill("SIGKILL");
    await running.ended;
    await stack.done("query", point, DATABASE, "SELECT 1");
    expect(scratchOf(stack)).toEqual([]);
  });
});

/** Of both languages. */
const ENDLESS = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r";

function childrenOf(pid = 0): string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ");
}
