/** Drills of points of files, by the command line. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";

import { damage } from "./damage.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

function stackWith(drill: object): TestStack {
  const stack = testStack({ jobs: { data: { drill } } });
  stack.write({ "config.json": '{"a": 1}', "notes.txt": "hello" });
  const database = new DatabaseSync(join(stack.source(), "users.db"));
  database.exec("CREATE TABLE users (name); INSERT INTO users VALUES ('ada')");
  database.close();
  return stack;
}

const scratch = (stack: TestStack) => join(stack.statePath, "scratch");

it("A drill restores the newest point, opens its databases, looks at its files, and leaves only its verdict", async () => {
  const stack = stackWith({ checks: [{ files: ["notes.txt"] }, { json: ["config.json"] }] });
  const id = await stack.backUp();
  const { stdout } = await stack.done("drill", "data");
  expect(stdout).toContain(`data: ${id}`);
  expect(stdout).toMatch(/in local: passed; made a copy of 3 files \(\S+ kB\) in .*, and deleted it again\./);
  expect(readdirSync(scratch(stack))).toEqual([]);
  const { stdout: json } = await stack.done("drill", "--json");
  const [{ phases }] = JSON.parse(json) as [{ phases: { name: string }[] }];
  expect(phases.map(({ name }) => name)).toEqual([
    "finding the point",
    "restoring",
    "opening databases",
    "checking",
  ]);
  expect((await stack.done("show", id)).stdout).toContain("drill passed");
  expect((await stack.done("status")).stdout).toMatch(/DRILLED/);
});

it("A drill finds a missing file and a changed byte, and each fails the point in its store", async () => {
  const stack = stackWith({ checks: [{ files: ["gone.txt"] }] });
  const id = await stack.backUp();
  const missing = await stack.run("drill");
  expect(missing.exitCode).toBe(1);
  expect(missing.stdout).toContain("gone.txt is not in the point, and a check asks for it.");
  damage(stack.store(), id, "archive.tar.zst");
  const damaged = await stack.run("drill", "data");
  expect(damaged.exitCode).toBe(1);
  expect(damaged.stdout).toMatch(/FAILED[^]*archive\.tar\.zst/);
  expect((await stack.run("status")).stdout).toContain("(FAILED)");
  expect(readdirSync(scratch(stack))).toEqual([]);
});

it("What a killed drill has left is gone when the daemon runs", async () => {
  const stack = stackWith({});
  rmSync(join(stack.source(), "users.db"));
  stack.write({ big: "x".repeat(60_000_000) });
  await stack.backUp();
  const drill = stack.start("drill", "data");
  const left = await waitUntil("a copy", () =>
    existsSync(scratch(stack)) ? readdirSync(scratch(stack))[0] : undefined,
  );
  drill.kill("SIGKILL");
  await drill.ended;
  expect(readdirSync(scratch(stack))).toEqual([left]);
  const daemon = await stack.startDaemon();
  await waitUntil("an empty directory", () => readdirSync(scratch(stack)).length === 0 || undefined);
  expect(daemon.process.stderr).toContain(`Removed ${join(scratch(stack), left)}, which a drill had left`);
});
