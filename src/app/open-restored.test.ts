/** Which databases of a restored tree have to open, how thoroughly they are read, and what is said of those that do not. */
import { describe, expect, it } from "vitest";

import { recordOf } from "../../test/fakes/points.ts";
import type { IndexEntry } from "../archive/index-entry.ts";
import type { DatabaseOpened, DatabaseToOpen } from "../ports/database-opener.ts";
import { CapturedDatabases } from "./captured-databases.ts";
import { RestoredDatabases } from "./open-restored.ts";

const OLDER = recordOf("2026-11-19T03:00:00Z", {
  capture: { databases: [{ path: "b.db" }], databaseCount: 1 },
});
const RECORD = recordOf("2026-11-20T03:00:00Z", {
  needs: [OLDER.id],
  capture: { databases: [{ path: "a.duckdb" }], databaseCount: 1 },
});
const DAMAGED: DatabaseOpened = { state: "damaged", why: "a block is not what it was" };
const TIMES = { mtime: "1700000000.000000000", ctime: "1700000000.000000000", inode: "1" };

function entryOf(path: string, changes: Partial<IndexEntry> = {}): IndexEntry {
  return {
    ...{ path, ...TIMES, type: "file", size: 3, mode: 0o644, uid: 0, gid: 0, sha256: "0".repeat(64) },
    ...{ data: { offset: 0 }, database: "duckdb", ...changes },
  };
}

const CAPTURED = entryOf("a.duckdb");
const EARLIER = entryOf("b.db", { database: "sqlite", data: { offset: 0, point: OLDER.id } });
const PLAIN = entryOf("c.duckdb");

function look(
  entries: readonly IndexEntry[],
  answer: (path: string) => DatabaseOpened,
  { isInPlace = false, record = RECORD } = {},
) {
  const asked: Pick<DatabaseToOpen, "level" | "key">[] = [];
  const databases = new RestoredDatabases({
    ...{ what: "Restoring point x to /out", job: "data", isInPlace, onOpen: () => undefined },
    captured: new CapturedDatabases(record, [OLDER]),
    opener: {
      open({ path, level, key }) {
        asked.push({ level, key });
        return Promise.resolve(answer(path.toString()));
      },
    },
    keyOf: (path) => `of ${path}`,
    signal: new AbortController().signal,
  });
  for (const entry of entries) databases.note(entry);
  const warnings = databases.inspect({ at: (path) => Buffer.from(path), scratch: "/scratch" });
  return { warnings, asked, databases };
}

describe("databases that are restored", () => {
  it("are each opened with their key: lightly when they were captured, wholly when they were read as files", async () => {
    const { database: _, ...other } = entryOf("notes.txt");
    const sound = look([CAPTURED, EARLIER, other, PLAIN], () => ({ state: "sound" }));
    expect(await sound.warnings).toEqual([]);
    expect(sound.asked).toEqual([
      { level: "light", key: "of a.duckdb" },
      { level: "light", key: "of b.db" },
      { level: "full", key: "of c.duckdb" },
    ]);
    expect(sound.databases.sound).toBe(3);
  });

  it.each([CAPTURED, EARLIER])(
    "refuse the restore when one does not open that was captured",
    async (entry) => {
      await expect(look([entry], () => DAMAGED).warnings).rejects.toMatchObject({
        code: "refused",
        message: expect.stringMatching(
          /^Restoring point x to \/out failed: (DuckDB database a\.duckdb|SQLite database b\.db) does not open \(a block is not what it was\), so nothing was changed; restore another point .*--no-check\.$/,
        ) as string,
      });
    },
  );

  it("that were read as files refuse a restore in place, and are a warning elsewhere", async () => {
    await expect(look([PLAIN], () => DAMAGED, { isInPlace: true }).warnings).rejects.toMatchObject({
      code: "refused",
    });
    expect(await look([PLAIN], () => DAMAGED).warnings).toEqual([
      "DuckDB database c.duckdb was restored as it was read, like any other file, and does not open: a block is not what it was",
    ]);
  });

  it("that cannot be read here are a warning, which says why", async () => {
    const { warnings, databases } = look([CAPTURED], () => ({ state: "unverified", why: "it is encrypted" }));
    expect(await warnings).toEqual([
      "DuckDB database a.duckdb was restored, and could not be opened to see that it is sound: it is encrypted",
    ]);
    expect(databases.sound).toBe(0);
  });

  it("are all looked at before the restore is refused, and the first of them named", async () => {
    const many = Array.from({ length: 6 }, (_, at) => entryOf(`${at}.duckdb`));
    const { warnings, asked } = look(many, () => DAMAGED, { isInPlace: true });
    await expect(warnings).rejects.toThrow(
      /: 6 databases do not open, so nothing was changed: DuckDB database 0\.duckdb \(.*\), DuckDB database 1.*, DuckDB database 2\.duckdb \([^)]*\) and 3 more;/,
    );
    expect(asked).toHaveLength(6);
  });

  it("make no more warnings than somebody reads", async () => {
    const many = Array.from({ length: 200 }, (_, at) => entryOf(`${at}.duckdb`));
    const told = await look(many, () => DAMAGED).warnings;
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe("So it is with 180 more databases");
  });

  it("count as captured where a record names only some of those that were", async () => {
    const record = recordOf("2026-11-20T03:00:00Z", {
      capture: { databases: [{ path: "x" }], databaseCount: 200 },
    });
    await expect(look([PLAIN], () => DAMAGED, { record }).warnings).rejects.toMatchObject({
      code: "refused",
    });
  });

  it("are files like any other to a record that makes no sense of them", async () => {
    for (const databases of ["a.duckdb", [null, 3, { path: 5 }], {}]) {
      const record = recordOf("2026-11-20T03:00:00Z", { capture: { databases } });
      expect(await look([CAPTURED], () => DAMAGED, { record }).warnings).toHaveLength(1);
    }
  });
});
