import { existsSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { leftoversIn, storedState } from "../torture/stored-state.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

/** A backup that goes on until it is told to stop, and holds the lock. */
async function startEndlessBackup(stack: TestStack) {
  stack.makeEndless();
  const backup = stack.start("backup", "data");
  await waitUntil("a backup under way", () => storedState(stack.store()).uncommitted.size > 0);
  return backup;
}

describe("a second backup of a stack", () => {
  it("is refused when it may not wait, and names who holds the lock and what for", async () => {
    const stack = testStack({ jobs: { data: {}, users: {} } });
    stack.write({ file: "content" }, "users");
    const first = await startEndlessBackup(stack);

    const second = await stack.run("backup", "users");

    expect(second.exitCode).toBe(5);
    expect(second.stdout).toMatch(
      /^users: failed\. Starting backup of job users failed: stack test in store local is locked by backup of job data \(pid \d+ on host .+, since .+\); wait until it has ended, or stop it\.\n$/,
    );
    first.kill("SIGTERM");
    expect(await first.ended).toMatchObject({ exitCode: 143 });
    await stack.done("backup", "users");
  });

  it("waits for the first one when it may, and then has its turn", async () => {
    const stack = testStack({ jobs: { data: {}, users: {} }, lockWait: "50s" });
    stack.write({ file: "content" }, "users");
    const first = await startEndlessBackup(stack);

    const locks = join(stack.store(), "test/.locks");
    const held = readdirSync(locks);
    const claims = new Set<string>();
    const watcher = watch(locks, (_event, name) => {
      if (name?.endsWith(".json") === true) claims.add(name);
    });
    onTestFinished(() => watcher.close());

    const second = stack.start("backup", "users");
    await waitUntil("the second one's claim", () => [...claims].some((name) => !held.includes(name)));
    await waitUntil("the second one to step back", () => readdirSync(locks).length === 1);
    expect(second.isRunning).toBe(true);
    expect(existsSync(join(stack.store(), "test/users"))).toBe(false);

    first.kill("SIGTERM");
    expect(await second.ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(leftoversIn(stack.store())).toEqual([]);
  });
});

describe("a backup that is told to stop", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)(
    "by %s ends with exit %i, long before ten seconds, and leaves nothing",
    async (signal, exitCode) => {
      const stack = testStack({ stores: ["local", "offsite"] });
      stack.write({ file: "content" });
      const earlier = await stack.backUp();
      const backup = await startEndlessBackup(stack);
      const told = performance.now();

      backup.kill(signal);

      expect(await backup.ended).toMatchObject({ exitCode, signal: null });
      expect(performance.now() - told).toBeLessThan(10_000);
      for (const store of ["local", "offsite"]) expect(leftoversIn(stack.store(store))).toEqual([]);
      expect(await stack.points()).toEqual([earlier]);
    },
  );
});
