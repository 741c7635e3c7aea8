/** Databases are opened before they take the place of anything: one that does not open comes only when somebody says so. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { encodeCommitRecord } from "../../src/app/commit-record.ts";
import { describeTree } from "../fakes/captured-volume.ts";
import { craftPoint, type CraftedFile } from "../fakes/crafted-point.ts";
import { makeDuckdb, makeEncryptedDuckdb, ORDINARY_STATEMENTS } from "../fakes/duckdb-file.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const NAME = "system.duckdb";

/** Whole by every digest; DuckDB does not open it. */
async function damagedDatabase(): Promise<CraftedFile> {
  const path = join(temporaryDirectory(), NAME);
  await makeDuckdb(path, [...ORDINARY_STATEMENTS, "CHECKPOINT"]);
  const content = readFileSync(path);
  // Both database headers.
  content.fill(0x5a, 4096, 12_288);
  return { path: NAME, content, database: "duckdb" };
}

/** Puts a point into the stack's store that says of its database that it was captured. */
async function plant(stack: TestStack, files: readonly CraftedFile[]): Promise<string> {
  const { record, objects } = await craftPoint({ start: "2026-11-20T03:00:00Z", files, frameBytes: 65_536 });
  const databases = files.flatMap(({ path, database: kind }) => (kind === undefined ? [] : [{ path, kind }]));
  const folder = join(stack.store(), "test/data", record.id);
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of objects) writeFileSync(join(folder, name), bytes);
  const capture = { databases, databaseCount: databases.length };
  writeFileSync(
    join(folder, "recovery-point.json"),
    encodeCommitRecord({ ...record, stack: "test", capture }),
  );
  return record.id;
}

const REFUSAL =
  /^holdfast: Restoring point \S+ to \S+ failed: DuckDB database system\.duckdb does not open \([^\n]+\), so nothing was changed; restore another point \(`holdfast list data`\), or this one as it is with --no-check\.\n$/m;

describe("a point whose database does not open", () => {
  it("is not restored to a directory, unless told", async () => {
    const stack = testStack();
    await plant(stack, [await damagedDatabase(), { path: "z.txt", content: Buffer.from("beside it") }]);
    const target = stack.path("parent/out");
    const { exitCode, stderr } = await stack.run("restore", "data", "--to", target);
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringMatching(REFUSAL) as string });
    expect(existsSync(stack.path("parent"))).toBe(false);
    await stack.done("restore", "data", "--to", target, "--no-check");
    expect(readdirSync(target).sort()).toEqual([NAME, "z.txt"]);
    await stack.done("restore", "data", "--to", stack.path("part"), "--path", "z.txt");
  });

  it.each([[[]], [["--path", NAME]], [["--delta"]], [["--keep-old"]]])(
    "takes the place of nothing that is there, unless told, with %j",
    async (more) => {
      const stack = testStack();
      await plant(stack, [await damagedDatabase()]);
      stack.write({ [NAME]: "still needed", [`${NAME}.wal`]: "its log", "notes.txt": "beside it" });
      const before = describeTree(stack.source());
      const args = ["restore", "data", "--in-place", "--yes", ...more];
      const { exitCode, stderr } = await stack.run(...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringMatching(REFUSAL) as string });
      expect(describeTree(stack.source())).toEqual(before);
      await stack.done(...args, "--no-check");
      expect(statSync(join(stack.source(), NAME)).size).toBeGreaterThan(100_000);
      expect(existsSync(join(stack.source(), `${NAME}.wal`))).toBe(false);
    },
  );
});

describe("a point whose databases were read like any other file", () => {
  it("is restored to a directory with a warning, and not in place", async () => {
    const stack = testStack();
    const source = { kind: "volume", path: stack.source(), embeddedDatabases: "off" };
    stack.configure({ jobs: { data: { source } } });
    const { content } = await damagedDatabase();
    writeFileSync(join(stack.source(), NAME), content);
    await stack.backUp();
    const { exitCode, stderr } = await stack.run("restore", "data", "--to", stack.path("out"));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("as it was read, like any other file, and does not open") as string,
    });
    expect(readFileSync(stack.path("out", NAME)).equals(content)).toBe(true);
    const inPlace = await stack.run("restore", "data", "--in-place", "--yes");
    expect(inPlace).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(REFUSAL) as string });
  });
});

describe("a point with an encrypted database", () => {
  it("is restored with a warning where its key is not known any more", async () => {
    const stack = testStack();
    const configure = (rules: object[]): void => {
      const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
      stack.configure({ jobs: { data: { source } } });
    };
    configure([{ match: "**", key: "a key of its own" }]);
    await makeEncryptedDuckdb(join(stack.source(), NAME), "a key of its own", ORDINARY_STATEMENTS);
    await stack.backUp();
    const known = await stack.done("restore", "data", "--to", stack.path("known"));
    expect(known.stdout).toContain("every digest checked, 1 database opened, in");
    configure([]);
    const { exitCode, stderr } = await stack.run("restore", "data", "--in-place", "--yes");
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("it is encrypted, and no key is configured for it") as string,
    });
  });
});
