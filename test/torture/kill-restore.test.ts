import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { TestStack } from "../e2e/test-stack.ts";
import { describeTree } from "../fakes/captured-volume.ts";

const PRELOAD = new URL("./kill-at-change.ts", import.meta.url).href;
/** From before the staging directory is made to after the lock is released. */
const LAST_CHANGES = 9;

it("a restore that is killed leaves its target as it was or as it shall be, never half and never away", async () => {
  const stack = new TestStack();
  onTestFinished(() => stack.remove());
  stack.write({ file: "new", "folder/other": "new" });
  await stack.backUp();
  const whole = describeTree(stack.source());
  const targets = stack.path("targets");

  async function restoreOver(preload: string) {
    rmSync(targets, { recursive: true, force: true });
    rmSync(join(stack.store(), "test/.locks"), { recursive: true, force: true });
    mkdirSync(join(targets, "target"), { recursive: true });
    writeFileSync(join(targets, "target/precious"), "old");
    const before = describeTree(join(targets, "target"));
    const args = ["restore", "data", "--to", join(targets, "target"), "--replace", "--yes"];
    const ended = await stack.runWith({ nodeArgs: [`--import=${preload}`] }, ...args);
    return { ended, before, after: describeTree(join(targets, "target")) };
  }

  const unhurt = await restoreOver(PRELOAD);
  expect(unhurt.after).toEqual(whole);
  const changes = Number(/changes: (\d+)/.exec(unhurt.ended.stderr)?.[1]);

  const outcomes = new Set<string>();
  for (let at = changes - LAST_CHANGES + 1; at <= changes; at++) {
    const { ended, before, after } = await restoreOver(`${PRELOAD}?at=${at}`);
    expect(ended.signal).toBe("SIGKILL");
    outcomes.add(after.has("./precious") ? "old" : "new");
    expect(after).toEqual(after.has("./precious") ? before : whole);
  }
  expect([...outcomes]).toEqual(["old", "new"]);
});
