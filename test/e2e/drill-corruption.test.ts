/** What goes wrong with a point, or with what an application keeps, fails the drill that it concerns with a sentence that says what it is, and no other. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { makeDuckdb } from "../fakes/duckdb-file.ts";
import { damage } from "./damage.ts";
import { TestStack } from "./test-stack.ts";

const CHECKS = [
  { files: ["config.json"] },
  { query: "SELECT count(*) FROM orders WHERE amount > 0", database: "shop.duckdb", atLeast: 3 },
  { query: "SELECT name, age FROM users", database: "users.db", expect: "ada\t36" },
];
const stack = new TestStack({
  jobs: { data: { drill: { checks: CHECKS } }, uploads: { drill: { checks: [{ files: ["one.txt"] }] } } },
});
const path = (name: string) => join(stack.source(), name);

const shop = async (...statements: string[]) => {
  for (const name of ["shop.duckdb", "shop.duckdb.wal"]) rmSync(path(name), { force: true });
  await makeDuckdb(path("shop.duckdb"), [
    "CREATE TABLE orders AS SELECT range AS id, range + 1 AS amount FROM range(5)",
    ...statements,
  ]);
};
const users = (statements: string) => {
  const database = new DatabaseSync(path("users.db"));
  database.exec(statements);
  database.close();
};
const drill = async () => {
  const { stdout, exitCode } = await stack.run("drill", "--json");
  const drilled = JSON.parse(stdout) as {
    run: { job: string; outcome: string; reason: string };
    problems: string[];
  }[];
  const failed = drilled.filter(({ run }) => run.outcome !== "succeeded");
  return {
    ...{ exitCode, jobs: drilled.map(({ run }) => run.job) },
    failed: failed.map(({ run, problems }) => [run.job, ...(problems.length > 0 ? problems : [run.reason])]),
  };
};

beforeEach(async () => {
  // Something that no point before has: what is in one of those is not stored again.
  stack.write({ "config.json": "{}", "notes.txt": randomUUID() });
  stack.write({ "one.txt": "one" }, "uploads");
  await shop();
  rmSync(path("users.db"), { force: true });
  users("CREATE TABLE users (name, age); INSERT INTO users VALUES ('ada', 36)");
});

afterAll(() => stack.remove());

const reading = (id: string) => `local:test/data/${id}/`;

describe("A drill of an application's files and databases", () => {
  it("passes while all of it is as it should be", async () => {
    await stack.done("backup");
    expect(await drill()).toEqual({ exitCode: 0, jobs: ["data", "uploads"], failed: [] });
  });

  it.each<[string, (id: string) => void, (id: string) => RegExp]>([
    [
      "a changed byte",
      (id) => damage(stack.store(), id, "archive.tar.zst"),
      (id) => new RegExp(`^.*${reading(id)}archive\\.tar\\.zst failed: frame 1 of 1 .* is damaged`),
    ],
    [
      "a deleted object",
      (id) => rmSync(join(stack.store(), "test/data", id, "archive.tar.zst")),
      (id) => new RegExp(`Reading recovery point ${reading(id)} failed: archive\\.tar\\.zst is missing;`),
    ],
  ])("fails of %s of what is stored, and the other does not", async (_what, spoil, sentence) => {
    const id = await stack.backUp("data");
    spoil(id);
    expect(await drill()).toEqual({
      ...{ exitCode: 1, jobs: ["data", "uploads"] },
      failed: [["data", expect.stringMatching(sentence(id)) as string]],
    });
  });

  it.each<[string, () => void | Promise<void>, string[]]>([
    [
      "missing files",
      () => [path("config.json"), path("users.db")].forEach((name) => rmSync(name)),
      [
        "config.json is not in the point, and a check asks for it.",
        "users.db is not in the point, and a check asks for it.",
      ],
    ],
    [
      "a changed schema",
      async () => {
        await shop("ALTER TABLE orders RENAME amount TO price");
        users("ALTER TABLE users RENAME name TO title");
      },
      [
        'Querying shop.duckdb failed: Binder Error: Referenced column "amount" not found in FROM clause! Candidate bindings: "id"; see its tables with `holdfast show POINT`.',
        "Querying users.db failed: no such column: name; see its tables with `holdfast show POINT`.",
      ],
    ],
    [
      "emptied tables",
      async () => {
        await shop("DELETE FROM orders");
        users("DELETE FROM users");
      },
      [
        'The query `SELECT count(*) FROM orders WHERE amount > 0` gives "0", and at least 3 is expected.',
        'The query `SELECT name, age FROM users` gives nothing, and "ada\\t36" is expected.',
      ],
    ],
  ])("fails of %s, and the other does not", async (_what, spoil, sentences) => {
    await spoil();
    await stack.done("backup", "data");
    expect(await drill()).toEqual({
      ...{ exitCode: 1, jobs: ["data", "uploads"] },
      failed: [["data", ...sentences]],
    });
  });
});
