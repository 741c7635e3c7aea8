import { closeSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { LiveWriter } from "../torture/duckdb/live-writer.ts";
import type { Load } from "../torture/duckdb/loads.ts";
import { readCopy } from "../torture/duckdb/read-copy.ts";
import { testStack, type TestStack } from "./test-stack.ts";

/** A volume with a database that is written to until the test has ended. */
async function stackWithWriter(load: Load, key?: string): Promise<{ stack: TestStack; writer: LiveWriter }> {
  const stack = testStack();
  const rules = key === undefined ? [] : [{ match: "**/*.duckdb", key }];
  const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
  stack.configure({ jobs: { data: { source } } });
  stack.write({ "notes.txt": "beside it", "empty.duckdb": "", "text.duckdb": "not one at all" });
  mkdirSync(join(stack.source(), "state of täles"));
  const writer = new LiveWriter({
    ...{ load, key, seed: 7 },
    database: join(stack.source(), "state of täles", "main.duckdb"),
    acknowledged: stack.path("acknowledged"),
  });
  onTestFinished(() => writer.kill());
  await writer.ready();
  return { stack, writer };
}

describe("a volume with a DuckDB database that is written to", () => {
  it.each([undefined, "a key of its own"])(
    "is backed up so that all acknowledged commits come back, with the key: %s",
    async (key) => {
      const { stack, writer } = await stackWithWriter("paced", key);
      for (let backup = 1; backup <= 2; backup += 1) {
        const { acknowledged } = writer;
        const point = await stack.backUp();
        const target = stack.path(`out${backup}`);
        await stack.done("restore", "data", "--point", point, "--to", target);
        const database = join(target, "state of täles", "main.duckdb");
        expect((await readCopy({ database, key, readOnly: false })).commits).toBeGreaterThanOrEqual(
          acknowledged,
        );
        const { stdout } = await stack.done("show", point);
        expect(stdout).toMatch(/state of täles\/main\.duckdb +duckdb .* while in use.* whole: \d+ tables/);
      }
      writer.check();
      expect(readdirSync(stack.path("state/scratch"))).toEqual([]);
    },
  );

  it("is not backed up while its database is damaged, and the error says that the live file is", async () => {
    const { stack, writer } = await stackWithWriter("idle");
    const database = join(stack.source(), "state of täles", "main.duckdb");
    await writer.end();
    const file = openSync(database, "r+");
    writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, statSync(database).size / 2);
    closeSync(file);
    const { exitCode, stdout, stderr } = await stack.run("backup");
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain("the live file itself looks damaged");
    expect(await stack.points()).toEqual([]);
  });
});
