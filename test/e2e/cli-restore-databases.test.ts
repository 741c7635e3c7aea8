/** A database of a volume comes back in one state, whatever is beside it: one file of another state would be lost data. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { DuckDBInstance } from "@duckdb/node-api";

import { describeTree } from "../fakes/captured-volume.ts";
import { makeDuckdb } from "../fakes/duckdb-file.ts";
import { readFiles } from "../fakes/staging.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const DATABASE = "state/system.duckdb";
const IN_PLACE = ["restore", "data", "--in-place", "--yes", "--path"];

async function make(path: string, ...statements: string[]): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  for (const suffix of ["", ".wal"]) rmSync(path + suffix, { force: true });
  await makeDuckdb(path, ["CREATE TABLE t (n INTEGER)", ...statements]);
}

/** With one row in the main file and one in the log. */
const LOGGED = ["INSERT INTO t VALUES (1)", "CHECKPOINT", "INSERT INTO t VALUES (2)"];
const WHOLE = ["INSERT INTO t VALUES (3)", "CHECKPOINT"];

async function rows(path: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const read = await connection.runAndReadAll("SELECT n FROM t ORDER BY n");
  connection.closeSync();
  instance.closeSync();
  return read.getRowsJS().flat();
}

/** Backed up in the first state, found in the second. */
async function stackThatWent(from: string[], to: string[]): Promise<{ stack: TestStack; live: string }> {
  const stack = testStack();
  const live = join(stack.source(), DATABASE);
  stack.write({ "notes.txt": "beside it" });
  await make(live, ...from);
  await stack.backUp();
  await make(live, ...to);
  return { stack, live };
}

describe("restore --path of a database", () => {
  it("brings its log along, to a directory and in place", async () => {
    const { stack, live } = await stackThatWent(LOGGED, WHOLE);
    await stack.done("restore", "data", "--to", stack.path("out"), "--path", DATABASE);
    expect(Object.keys(readFiles(stack.path("out"))).sort()).toEqual([DATABASE, `${DATABASE}.wal`]);
    await stack.done(...IN_PLACE, DATABASE);
    expect(existsSync(`${live}.wal`)).toBe(true);
    expect(await rows(live)).toEqual([1, 2]);
    expect(await rows(stack.path("out", DATABASE))).toEqual([1, 2]);
  });

  it("leaves no log of a later state beside it, nor one that a checkpoint left", async () => {
    const { stack, live } = await stackThatWent(WHOLE, LOGGED);
    writeFileSync(`${live}.wal.checkpoint`, "of a later state");
    mkdirSync(`${live}.wal.recovery`);
    await stack.done(...IN_PLACE, DATABASE);
    expect(existsSync(`${live}.wal`)).toBe(false);
    expect(existsSync(`${live}.wal.checkpoint`)).toBe(false);
    expect(existsSync(`${live}.wal.recovery`)).toBe(true);
    rmSync(`${live}.wal.recovery`, { recursive: true });
    expect(await rows(live)).toEqual([3]);
  });

  it("keeps what it moves aside with --keep-old", async () => {
    const { stack } = await stackThatWent(WHOLE, LOGGED);
    const { stdout } = await stack.done(...IN_PLACE, DATABASE, "--keep-old", "--json");
    const { kept } = JSON.parse(stdout) as { kept: string };
    expect(await rows(join(kept, DATABASE))).toEqual([1, 2]);
  });

  it("does the same where a directory that holds it is named", async () => {
    const { stack, live } = await stackThatWent(WHOLE, LOGGED);
    await stack.done(...IN_PLACE, dirname(DATABASE), DATABASE, "--delta");
    expect(existsSync(`${live}.wal`)).toBe(false);
    expect(await rows(live)).toEqual([3]);
  });

  it("refuses to put a log beside a database that it is not of", async () => {
    const { stack, live } = await stackThatWent(LOGGED, WHOLE);
    const before = describeTree(stack.source());
    const { exitCode, stderr } = await stack.run(...IN_PLACE, `${DATABASE}.wal`);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining(`it belongs to database ${DATABASE}`) as string,
    });
    expect(describeTree(stack.source())).toEqual(before);
    await stack.done("restore", "data", "--to", stack.path("out"), "--path", `${DATABASE}.wal`);
    expect(await rows(live)).toEqual([3]);
  });

  it("does not say that nothing would be lost where only a log is there", async () => {
    const { stack, live } = await stackThatWent(WHOLE, LOGGED);
    rmSync(live);
    const { exitCode, stderr } = await stack.run("restore", "data", "--in-place", "--path", DATABASE);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("What is there now is moved aside");
    expect(existsSync(`${live}.wal`)).toBe(true);
  });

  it("removes the journal and the log of a later SQLite database", async () => {
    const stack = testStack();
    const live = join(stack.source(), "app.db");
    const database = new DatabaseSync(live);
    database.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
    await stack.backUp();
    database.exec("PRAGMA journal_mode = WAL; INSERT INTO t VALUES (2)");
    expect(existsSync(`${live}-wal`)).toBe(true);
    writeFileSync(`${live}-journal`, "hot");
    await stack.done(...IN_PLACE, "app.db");
    expect(Object.keys(readFiles(stack.source()))).toEqual(["app.db"]);
    const restored = new DatabaseSync(live);
    expect(restored.prepare("SELECT n FROM t").all()).toEqual([{ n: 1 }]);
    restored.close();
    database.close();
  });
});
