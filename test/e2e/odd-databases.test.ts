/** Files that are databases in an odd way, backed up and restored: each comes back as it was, or one sentence says what of it is not sure. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it, onTestFinished } from "vitest";

import { makeDuckdb, makeEncryptedDuckdb, makeNewer } from "../fakes/duckdb-file.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { bindReadOnly, canMount, MOUNTS_NEEDED, mountTmpfs } from "../fakes/tmpfs.ts";
import type { Ended } from "./holdfast-process.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

/** A row in the main file and one in the log. */
const ROWS = [
  "CREATE TABLE t (n INTEGER)",
  "INSERT INTO t VALUES (1)",
  "CHECKPOINT",
  "INSERT INTO t VALUES (2)",
];

async function rows(path: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const read = await connection.runAndReadAll("SELECT n FROM t ORDER BY n");
  connection.closeSync();
  instance.closeSync();
  return read.getRowsJS().flat();
}

function stackOf(options: object = {}): { stack: TestStack; at: (path: string) => string } {
  const stack = testStack();
  const source = { kind: "volume", path: stack.source(), ...options };
  stack.configure({ jobs: { data: { source } } });
  stack.write({ "notes.txt": "beside it" });
  return { stack, at: (path) => join(stack.source(), path) };
}

it("come back as they were, with a warning for those that nobody could open", async () => {
  const { stack, at } = stackOf();
  const odd = 'of "täles"/it\'s\n a database 📦.duckdb';
  const outside = stack.path("elsewhere.duckdb");
  for (const path of [odd, "real/x.duckdb"]) mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at("empty.duckdb"), "");
  writeFileSync(at("text.duckdb"), "not one at all".repeat(2000));
  await makeDuckdb(at("newer.duckdb"), [...ROWS, "CHECKPOINT"]);
  makeNewer(at("newer.duckdb"));
  await makeEncryptedDuckdb(at("encrypted.duckdb"), "a key of its own", ROWS);
  const view = stack.path("gone.parquet");
  await makeDuckdb(at("view.duckdb"), [
    ...[`COPY (SELECT 1 AS n) TO '${view}'`, `CREATE VIEW v AS FROM '${view}'`, ...ROWS],
  ]);
  rmSync(view);
  await makeDuckdb(at(odd), ROWS);
  await makeDuckdb(outside, ROWS);
  symlinkSync(outside, at("outside.duckdb"));
  symlinkSync("real/x.duckdb", at("current.duckdb"));
  await makeDuckdb(at("real/x.duckdb"), ROWS.slice(0, 3));
  // DuckDB puts the log beside the file itself.
  await makeDuckdb(at("current.duckdb"), ROWS.slice(3));

  const point = await stack.backUp();
  const shown = await stack.done("show", point);
  expect(shown.stdout).toMatch(/newer\.duckdb .*unverified: it was written by a newer version of DuckDB/);
  expect(shown.stdout).toMatch(/encrypted\.duckdb .*unverified: it is encrypted, and no key is configured/);
  const { exitCode, stdout, stderr } = await stack.run("restore", "data", "--to", stack.path("out"));
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
  expect(stdout).toContain(", 3 databases opened, in");
  expect(stderr.match(/^warning: .*/gm)).toEqual([
    expect.stringMatching(
      /^warning: DuckDB database encrypted\.duckdb was restored, and .*: it is encrypted/,
    ),
    expect.stringMatching(/^warning: DuckDB database newer\.duckdb was restored, and .*: it was written by/),
  ]);

  const out = (path: string): string => stack.path("out", path);
  for (const path of ["empty.duckdb", "text.duckdb", "newer.duckdb", "encrypted.duckdb"])
    expect(readFileSync(out(path)).equals(readFileSync(at(path))), path).toBe(true);
  for (const path of ["view.duckdb", odd, "real/x.duckdb"]) expect(await rows(out(path))).toEqual([1, 2]);
  expect(readlinkSync(out("current.duckdb"))).toBe("real/x.duckdb");
  // Of what is not in the volume, the link alone is.
  expect(readlinkSync(out("outside.duckdb"))).toBe(outside);
});

/** Begins as a DuckDB database does, and takes longer to copy than anybody looks on; on the disk it takes nothing. */
function makeEndless(path: string, beginning: Buffer): void {
  writeFileSync(path, beginning.subarray(0, 12_288));
  truncateSync(path, 100e9);
}

/** Makes the change once the capture is in the midst of copying. */
async function changedInCapture(stack: TestStack, change: () => void): Promise<Ended> {
  const running = stack.start("backup");
  await waitUntil("a copy", () => {
    const scratch = stack.path("state/scratch");
    if (!existsSync(scratch)) return undefined;
    return readdirSync(scratch, { recursive: true }).some((name) => basename(String(name)) === "database");
  });
  change();
  return running.ended;
}

describe("a database that changes as a file while it is captured", () => {
  it("is not in the point, which says so, when it is removed", async () => {
    const { stack, at } = stackOf();
    makeEndless(at("x.duckdb"), await aDatabase(ROWS));
    const { exitCode, stdout, stderr } = await changedInCapture(stack, () => rmSync(at("x.duckdb")));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
    expect(stdout + stderr).toContain("x.duckdb vanished before it was captured");
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(readdirSync(stack.path("out"))).toEqual(["notes.txt"]);
  });

  it("is in the point as the new one when it is replaced", async () => {
    const { stack, at } = stackOf();
    const whole = await aDatabase([...ROWS, "CHECKPOINT"]);
    makeEndless(at("x.duckdb"), whole);
    const ended = await changedInCapture(stack, () => {
      writeFileSync(stack.path("new"), whole);
      renameSync(stack.path("new"), at("x.duckdb"));
    });
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(await rows(stack.path("out/x.duckdb"))).toEqual([1, 2]);
  });

  it("fails a try in one sentence while it is only half there, and is in the point as what it has grown to", async () => {
    const { stack, at } = stackOf();
    const whole = await aDatabase([...ROWS, "CHECKPOINT"]);
    writeFileSync(at("x.duckdb"), "");
    await stack.backUp();
    writeFileSync(at("x.duckdb"), whole.subarray(0, 4096));
    const running = stack.start("backup");
    await waitUntil("the first try", () => /Trying again/.test(running.stderr) || undefined);
    expect(running.stderr).toMatch(
      /Capturing the DuckDB database \S+x\.duckdb failed: it is no DuckDB database, or not yet: it has only 4096 bytes; exclude it if it is no database, or try again when the program that makes it is done\./,
    );
    running.kill("SIGINT");
    expect((await running.ended).exitCode).toBe(130);
    writeFileSync(at("x.duckdb"), whole);
    await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(await rows(stack.path("out/x.duckdb"))).toEqual([1, 2]);
  });
});

async function aDatabase(statements: string[]): Promise<Buffer> {
  const path = join(temporaryDirectory(), "a.duckdb");
  await makeDuckdb(path, statements);
  return readFileSync(path);
}

it("a volume with 200 of them has all of them in its point, and names some", async () => {
  // Each check is a process: what is looked at here is everything else.
  const { stack, at } = stackOf({ embeddedDatabases: { rules: [{ match: "**", verify: "off" }] } });
  const names = Array.from({ length: 200 }, (_, number) => `${number}.duckdb`);
  await makeDuckdb(stack.path("one.duckdb"), ROWS);
  const [main, log] = ["", ".wal"].map((suffix) => readFileSync(stack.path(`one.duckdb${suffix}`)));
  for (const name of names) {
    writeFileSync(at(name), main ?? "");
    writeFileSync(at(`${name}.wal`), log ?? "");
  }
  const point = await stack.backUp();
  expect(readdirSync(stack.path("state/scratch"))).toEqual([]);
  expect((await stack.done("show", point)).stdout).toContain("and 180 more");
  await stack.done("restore", "data", "--to", stack.path("out"), "--no-check");
  expect(readdirSync(stack.path("out"))).toHaveLength(401);
  for (const name of names) expect(readFileSync(stack.path("out", name)).equals(main as Buffer)).toBe(true);
  expect(await rows(stack.path("out/199.duckdb"))).toEqual([1, 2]);
});

describe.skipIf(!canMount())(`on other mounts (${MOUNTS_NEEDED})`, () => {
  it("are in the point, unless the job stays on one file system", async () => {
    const { stack, at } = stackOf();
    mountTmpfs(at("mounted"));
    await makeDuckdb(at("mounted/x.duckdb"), ROWS);
    const live = new DatabaseSync(at("mounted/app.db"));
    onTestFinished(() => live.close());
    live.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)");
    await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(await rows(stack.path("out/mounted/x.duckdb"))).toEqual([1, 2]);
    expect(sqliteRows(stack.path("out/mounted/app.db"))).toEqual([{ n: 7 }]);
    const source = { kind: "volume", path: stack.source(), oneFileSystem: true };
    stack.configure({ jobs: { data: { source } } });
    await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("one"));
    expect(readdirSync(stack.path("one/mounted"))).toEqual([]);
  });

  it.each(["WAL", "DELETE"])(
    "that are read-only are captured while SQLite writes, in mode %s",
    async (mode) => {
      const stack = testStack();
      const [written, seen] = [stack.path("written"), stack.path("seen")];
      mkdirSync(written);
      bindReadOnly(written, seen);
      stack.configure({ jobs: { data: { source: { kind: "volume", path: seen } } } });
      const live = new DatabaseSync(join(written, "app.db"));
      onTestFinished(() => (live.isOpen ? live.close() : undefined));
      live.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)`);
      // Not committed: it is in no point.
      live.exec("BEGIN; INSERT INTO t VALUES (8)");
      const before = readdirSync(written);
      await stack.backUp();
      expect(readdirSync(written)).toEqual(before);
      await stack.done("restore", "data", "--to", stack.path("out"));
      expect(sqliteRows(stack.path("out/app.db"))).toEqual([{ n: 7 }]);
      // Closed, and opened by nobody: no lock is to be had without a file beside it.
      live.exec("COMMIT");
      live.close();
      await stack.backUp();
      await stack.done("restore", "data", "--to", stack.path("later"));
      expect(sqliteRows(stack.path("later/app.db"))).toEqual([{ n: 7 }, { n: 8 }]);
      await makeDuckdb(join(written, "x.duckdb"), ROWS);
      await stack.backUp();
      await stack.done("restore", "data", "--to", stack.path("last"));
      expect(await rows(stack.path("last/x.duckdb"))).toEqual([1, 2]);
    },
  );
});

function sqliteRows(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT n FROM t ORDER BY n").all();
  } finally {
    database.close();
  }
}
