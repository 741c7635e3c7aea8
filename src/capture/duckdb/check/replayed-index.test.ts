/** DuckDB replays the making of an index only into a file that it may write to. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, it } from "vitest";

import { makeDuckdb } from "../../../../test/fakes/duckdb-file.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../../test/fakes/tmpfs.ts";
import { systemClock } from "../../../observability/system-clock.ts";
import { checkDuckdb } from "./check-duckdb.ts";

const STATEMENTS = [
  "CREATE TABLE old AS SELECT range AS id, hash(range) AS h FROM range(100000)",
  "CHECKPOINT",
  "CREATE TABLE new AS SELECT range AS id FROM range(10)",
  "CREATE UNIQUE INDEX by_id ON new (id)",
];

it("checks a capture whose log makes an index, and changes nothing of it", async () => {
  const path = join(temporaryDirectory(), "a.duckdb");
  await makeDuckdb(path, STATEMENTS);
  const before = [readFileSync(path), readFileSync(`${path}.wal`)];

  const verdict = await check(path);

  expect(verdict).toMatchObject({
    state: "sound",
    facts: {
      tables: [
        { name: "old", rows: 100_000 },
        { name: "new", rows: 10 },
      ],
    },
  });
  const after = [readFileSync(path), readFileSync(`${path}.wal`)];
  expect(after.map((bytes, at) => bytes.equals(before[at] ?? Buffer.of()))).toEqual([true, true]);
  expect(readdirSync(dirname(path)).length).toBe(2);
});

it.skipIf(!canMount())(`says when there is no room to check it (${MOUNTS_NEEDED})`, async () => {
  const directory = join(temporaryDirectory(), "small");
  mountTmpfs(directory, "3m");
  const path = join(directory, "a.duckdb");
  await makeDuckdb(path, STATEMENTS);

  expect(await check(path)).toMatchObject({
    state: "unverified",
    why: "its log can only be replayed into a second copy, for which there is no room",
  });
  expect(readdirSync(directory).length).toBe(2);
});

function check(path: string) {
  const { signal } = new AbortController();
  return checkDuckdb({ path, level: "full", timeout: 60_000, clock: systemClock, signal });
}
