/** What the program needs around it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const HERE = join(import.meta.dirname, "../..");

/** A copy of the program with the packages of this one, and nothing compiled yet. Returns its first file. */
function install(stack: TestStack): { program: string; cache: string } {
  const at = stack.path("installed");
  for (const part of ["bin", "src", "package.json"])
    cpSync(join(HERE, part), join(at, part), { recursive: true });
  mkdirSync(join(at, "node_modules"));
  for (const name of readdirSync(join(HERE, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(HERE, "node_modules", name), join(at, "node_modules", name));
  }
  return { program: join(at, "bin/holdfast.js"), cache: join(at, "node_modules/.cache/holdfast") };
}

/** Threads and all. */
async function backsUpAndRestores(stack: TestStack, program: string, target: string): Promise<void> {
  for (const args of [["backup"], ["restore", "data", "--to", stack.path(target)]]) {
    const { exitCode, stderr } = await stack.runWith({ program }, ...args);
    expect(exitCode, stderr).toBe(0);
  }
  expect(describeTree(stack.path(target))).toEqual(describeTree(stack.source()));
}

describe("an installation", () => {
  it("works where compiled code cannot be kept", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const { program, cache } = install(stack);
    // What even root cannot make directories in.
    writeFileSync(join(cache, ".."), "not a directory");
    await backsUpAndRestores(stack, program, "restored");
  });

  it("works when the code that was kept is damaged", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const { program, cache } = install(stack);
    await backsUpAndRestores(stack, program, "first");
    expect(existsSync(cache)).toBe(true);
    for (const file of filesIn(cache)) truncateSync(file, 100);
    await backsUpAndRestores(stack, program, "second");
  });
});

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
