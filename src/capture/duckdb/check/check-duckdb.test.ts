/** Verdicts on captured databases, sound and otherwise. */
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, it } from "vitest";

import { FakeClock } from "../../../../test/fakes/fake-clock.ts";
import { makeDuckdb, makeEncryptedDuckdb, ORDINARY_STATEMENTS } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../../observability/system-clock.ts";
import type { DatabaseVerdict } from "../../database-verdict.ts";
import { checkDuckdb, type DuckdbCheckOrder } from "./check-duckdb.ts";

const BLOCK_SIZE = 262_144;
const BLOCKS_AT = 12_288;

function check(path: string, changes: Partial<DuckdbCheckOrder> = {}): Promise<DatabaseVerdict> {
  const { signal } = new AbortController();
  return checkDuckdb({ path, level: "full", timeout: 60_000, clock: systemClock, signal, ...changes });
}

async function made(statements = ORDINARY_STATEMENTS): Promise<string> {
  const path = join(temporaryDirectory(), "it's a database.duckdb");
  await makeDuckdb(path, statements);
  return path;
}

it("tells of a sound database what is in it, with what its write-ahead log holds", async () => {
  const path = await made();
  const verdict = await check(path);
  expect(verdict).toEqual({
    state: "sound",
    facts: {
      libraryVersion: expect.stringMatching(/^v\d/) as string,
      storageVersion: 64,
      encrypted: false,
      tables: [
        { name: "items", rows: 17_142 },
        { name: "accounts", rows: 1001 },
      ],
      tableCount: 2,
      viewCount: 1,
      walBytes: readFileSync(`${path}.wal`).length,
    },
  });
});

it("changes nothing on disk, not even beside the file", async () => {
  const path = await made();
  const before = [readFileSync(path), readFileSync(`${path}.wal`)];
  await check(path);
  const after = [readFileSync(path), readFileSync(`${path}.wal`)];
  expect(after.map((bytes, at) => bytes.equals(before[at] ?? Buffer.of()))).toEqual([true, true]);
  expect(readdirSync(dirname(path)).length).toBe(2);
});

it("counts no rows in a light check, and needs none of the data to be right", async () => {
  const path = await made();
  damage(path, BLOCKS_AT + BLOCK_SIZE + 1000);
  const light = await check(path, { level: "light" });
  expect(light).toMatchObject({
    state: "sound",
    facts: { tables: [{ name: "items" }, { name: "accounts" }], tableCount: 2 },
  });
  expect((await check(path)).state).toBe("damaged");
});

it("takes neither a view over files that are gone nor a generated column that cannot be computed for damage", async () => {
  const directory = temporaryDirectory();
  const path = join(directory, "a.duckdb");
  const gone = join(directory, "gone.csv");
  writeFileSync(gone, "a,b\n1,2\n");
  await makeDuckdb(path, [
    `CREATE VIEW gone AS SELECT * FROM '${gone}'`,
    "SET default_order = 'DESC'",
    "CREATE TABLE texts (written VARCHAR, order_of_session INTEGER AS (CAST(replace(current_setting('default_order')::VARCHAR, 'DESC', '1') AS INTEGER)))",
    "INSERT INTO texts VALUES ('something')",
    "CHECKPOINT",
  ]);
  writeFileSync(gone, "");
  expect(await check(path)).toMatchObject({
    state: "sound",
    facts: { tables: [{ name: "texts", rows: 1 }], viewCount: 1 },
  });
});

it("tells apart a missing key, a wrong key and the right one, and repeats none", async () => {
  const path = join(temporaryDirectory(), "secret.duckdb");
  await makeEncryptedDuckdb(path, "it's secret", [
    "CREATE TABLE t AS SELECT range AS i FROM range(1000)",
    "CHECKPOINT",
    "INSERT INTO t VALUES (5)",
  ]);
  const without = await check(path);
  const wrong = await check(path, { key: "it's wrong" });
  expect(without).toMatchObject({
    state: "unverified",
    why: expect.stringContaining("no key is configured") as string,
  });
  expect(wrong).toMatchObject({
    state: "unverified",
    why: expect.stringContaining("is not its key") as string,
  });
  expect(JSON.stringify(wrong)).not.toMatch(/it'+s wrong/);
  expect(await check(path, { key: "it's secret" })).toMatchObject({
    state: "sound",
    facts: { encrypted: true, tables: [{ name: "t", rows: 1001 }] },
  });
});

it("ignores a key for a database that is not encrypted", async () => {
  expect((await check(await made(), { key: "unneeded" })).state).toBe("sound");
});

it("finds a file that is cut, in its headers and in its blocks", async () => {
  const path = await made();
  const short = `${path}.short`;
  copyFileSync(path, short);
  truncateSync(short, 9000);
  expect(await check(short)).toEqual({
    state: "damaged",
    why: "it has 9000 bytes, which is less than its headers take",
  });
  truncateSync(path, BLOCKS_AT + BLOCK_SIZE);
  expect((await check(path)).state).toBe("damaged");
});

it("finds a block of zeros where an index or a table is", async () => {
  const path = await made([
    "CREATE TABLE t (id INTEGER PRIMARY KEY)",
    "INSERT INTO t SELECT range FROM range(300000)",
  ]);
  await makeDuckdb(path, ["CHECKPOINT"]);
  const whole = readFileSync(path);
  const blocks = Math.floor((whole.length - BLOCKS_AT) / BLOCK_SIZE);
  expect(blocks).toBeGreaterThan(8);
  for (const block of [1, blocks >> 1, blocks - 2]) {
    const at = BLOCKS_AT + block * BLOCK_SIZE;
    writeFileSync(path, Buffer.from(whole).fill(0, at, at + BLOCK_SIZE));
    expect((await check(path)).state, `block ${block} of ${blocks}`).toBe("damaged");
  }
});

it("ends the child when it is cancelled or takes too long", async () => {
  const path = await made();
  await expect(check(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  const clock = new FakeClock();
  const late = check(path, { clock, timeout: 5000, level: "light" });
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(5000);
  expect(await late).toEqual({
    state: "unverified",
    why: "reading it took longer than a check may take",
  });
});

function damage(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
