import { mkdirSync, renameSync, rmSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { leftoversIn, storedState } from "../torture/stored-state.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const KEEP_ONE = { data: { retention: { last: 1 }, full: "always" } };

/** A stack with two points, and a policy that would keep one of them at the next run. */
async function stackAboutToPrune(): Promise<TestStack> {
  const stack = testStack();
  stack.write({ file: "content", "folder/other": "more" });
  await stack.backUp();
  await stack.backUp();
  stack.configure({ jobs: KEEP_ONE });
  return stack;
}

describe("a source", () => {
  it.each([
    ["is missing", "does not exist", false],
    ["is empty where it was not", "is empty where it was not", true],
  ])("that %s fails the run, and nothing is pruned", async (_what, why, leaveFolder) => {
    const stack = await stackAboutToPrune();
    const before = storedState(stack.store());
    rmSync(stack.source(), { recursive: true });
    if (leaveFolder) mkdirSync(stack.source());
    const { exitCode, stdout } = await stack.run("backup");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^data: failed\. Capturing .* failed: /);
    expect(stdout).toContain(why);
    expect(storedState(stack.store())).toEqual(before);
  });
});

describe("one store of two", () => {
  it("that is missing costs only its own point: partial, exit 3, and healed when it is back", async () => {
    const stack = testStack({ stores: ["local", "offsite"], jobs: KEEP_ONE });
    stack.write({ version: "1" });
    await stack.backUp();
    renameSync(stack.store("offsite"), stack.path("unmounted"));

    stack.write({ version: "2" });
    const partial = await stack.run("backup");
    expect(partial.exitCode).toBe(3);
    expect(partial.stdout).toMatch(/^data: partial\. Point \S+ in local: .*offsite.* does not exist/);
    expect(storedState(stack.store("local")).committed.size).toBe(1);

    const list = await stack.run("list");
    expect(list.exitCode).toBe(3);
    expect(list.stderr).toMatch(/^warning: Listing offsite:.* does not exist/);
    await stack.run("restore", "data", "--to", stack.path("meanwhile"));
    expect(describeTree(stack.path("meanwhile"))).toEqual(describeTree(stack.source()));

    renameSync(stack.path("unmounted"), stack.store("offsite"));
    const healed = await stack.done("backup");
    expect(healed.stdout).toMatch(/^data: succeeded\. Point \S+ in local, offsite: /);
    for (const store of ["local", "offsite"]) {
      expect(storedState(stack.store(store)).committed.size).toBe(1);
      expect(leftoversIn(stack.store(store))).toEqual([]);
    }
  });

  it("fails the run, exit 1, when the other is missing, too", async () => {
    const stack = testStack({ stores: ["local", "offsite"] });
    stack.write({ file: "content" });
    for (const store of ["local", "offsite"]) rmSync(stack.store(store), { recursive: true });
    const { exitCode, stdout } = await stack.run("backup");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^data: failed\. /);
  });
});
