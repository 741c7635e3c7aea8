import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { testStack } from "./test-stack.ts";

it("a runbook is written, keeps what people wrote, and is found to be out of date when the stack is another", async () => {
  const stack = testStack();
  stack.write({ file: "content" });
  await stack.run("backup");
  const file = join(temporaryDirectory(), "DISASTER_RECOVERY.md");
  const said = await stack.run("runbook");
  expect([said.exitCode, said.stderr]).toEqual([0, ""]);
  expect(said.stdout).toMatch(/^# Disaster recovery: /);
  expect((await stack.run("runbook", "--check", file)).exitCode).toBe(2);
  writeFileSync(file, said.stdout.replace("| (name) | first on call", "| Ada | first on call"));
  expect((await stack.run("runbook", "--out", file, "--publish")).exitCode).toBe(0);
  const written = readFileSync(file, "utf8");
  expect(written).toContain("| Ada | first on call");
  const [published = ""] = globSync("*/DISASTER_RECOVERY.md", { cwd: stack.store() });
  expect(readFileSync(join(stack.store(), published), "utf8")).toContain("| Ada | first on call");
  const [point] = await stack.points();
  expect(written).toContain(`${point}`);
  expect((await stack.run("runbook", "--check", file)).exitCode).toBe(0);
  writeFileSync(file, written.replace("### The machine is lost", "### The machine is found"));
  const late = await stack.run("runbook", "--check", file);
  expect([late.exitCode, late.stdout]).toEqual([
    1,
    `${file} is out of date: write it again with \`holdfast runbook --out ${file}\`.\n`,
  ]);
  writeFileSync(file, written.replaceAll("<!-- end of keep -->", ""));
  const broken = await stack.run("runbook", "--out", file);
  expect([broken.exitCode, broken.stderr]).toEqual([
    2,
    expect.stringContaining("the part contacts has no end"),
  ]);
});
