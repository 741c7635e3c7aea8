/** Databases that lie among other files are opened, and nothing of them or beside them is another after it. */
import { linkSync, mkdirSync, readdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, it, onTestFinished } from "vitest";

import { describeTree } from "../../test/fakes/captured-volume.ts";
import { makeDuckdb, makeEncryptedDuckdb, ORDINARY_STATEMENTS } from "../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { LiveWriter } from "../../test/torture/duckdb/live-writer.ts";
import type { DatabaseKind } from "../domain/embedded-database.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { DatabaseOpened, DatabaseToOpen } from "../ports/database-opener.ts";
import { createDatabaseOpener } from "./open-database.ts";

/** With what was in the directory of the database before and after, which is the same; and with nothing left of it elsewhere. */
async function opened(
  kind: DatabaseKind,
  path: string | Buffer,
  changes: Partial<DatabaseToOpen> = {},
): Promise<DatabaseOpened> {
  const root = temporaryDirectory();
  const scratch = join(root, "scratch");
  mkdirSync(scratch);
  const bytes = Buffer.from(path);
  const directory = bytes.subarray(0, bytes.lastIndexOf("/")).toString();
  const before = describeTree(directory);
  const { signal } = new AbortController();
  const told = await createDatabaseOpener({ clock: systemClock }).open({
    ...{ kind, path: bytes, scratch, level: "light", key: undefined, signal, ...changes },
  });
  expect(describeTree(directory)).toEqual(before);
  expect(readdirSync(scratch)).toEqual([]);
  return told;
}

async function duckdb(statements = ORDINARY_STATEMENTS): Promise<string> {
  const path = join(temporaryDirectory(), "a database.duckdb");
  await makeDuckdb(path, statements);
  return path;
}

/** As a program leaves it that is killed. */
function sqliteWithLog(): string {
  const path = join(temporaryDirectory(), "app.db");
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
  return path;
}

it("opens one with its log, also one that is replayed into a copy only", async () => {
  expect(await opened("duckdb", await duckdb())).toEqual({ state: "sound" });
  const late = await duckdb([...ORDINARY_STATEMENTS, "CREATE INDEX late ON accounts (balance)"]);
  expect(await opened("duckdb", late, { level: "full" })).toEqual({ state: "sound" });
  expect(await opened("sqlite", sqliteWithLog())).toEqual({ state: "sound" });
});

it("opens one whose name is no text", async () => {
  const path = await duckdb();
  const odd = Buffer.concat([Buffer.from(`${path}-`), Buffer.from([0xff, 0xfe])]);
  renameSync(path, odd);
  renameSync(`${path}.wal`, Buffer.concat([odd, Buffer.from(".wal")]));
  expect(await opened("duckdb", odd)).toEqual({ state: "sound" });
});

it("takes a directory of a log's name for none", async () => {
  const path = await duckdb(["CREATE TABLE t (n INTEGER)", "CHECKPOINT"]);
  mkdirSync(`${path}.wal.checkpoint`);
  expect(await opened("duckdb", path)).toEqual({ state: "sound" });
});

it("does not open a file that has another name, which its application may have open", async () => {
  const database = join(temporaryDirectory(), "live.duckdb");
  const acknowledged = join(temporaryDirectory(), "acknowledged");
  // In another process: in this one, whoever reads the file gives up its lock.
  const writer = new LiveWriter({ load: "idle", seed: 7, database, acknowledged });
  onTestFinished(() => writer.kill());
  await writer.ready();
  const path = join(temporaryDirectory(), "taken over.duckdb");
  linkSync(database, path);
  expect(await opened("duckdb", path)).toEqual({ state: "sound" });
});

it("says why one does not open, by its own name and by no other", async () => {
  const path = await duckdb();
  truncateSync(path, 20_000);
  const told = await opened("duckdb", path);
  expect(told).toMatchObject({ state: "damaged" });
  expect(JSON.stringify(told)).not.toContain("scratch");
  const other = join(temporaryDirectory(), "app.db");
  writeFileSync(other, Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(4080, 7)]));
  expect(await opened("sqlite", other)).toMatchObject({ state: "damaged" });
});

it("tells apart an encrypted one with its key and without", async () => {
  const path = join(temporaryDirectory(), "encrypted.duckdb");
  await makeEncryptedDuckdb(path, "a key", ORDINARY_STATEMENTS);
  expect(await opened("duckdb", path, { key: "a key" })).toEqual({ state: "sound" });
  expect(await opened("duckdb", path)).toMatchObject({
    state: "unverified",
    why: expect.stringContaining("no key is configured for it") as string,
  });
});

it("ends when it is cancelled", async () => {
  const signal = AbortSignal.abort();
  await expect(opened("duckdb", await duckdb(), { signal })).rejects.toMatchObject({ code: "cancelled" });
});
