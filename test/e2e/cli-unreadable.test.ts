import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { canRunAs, type Ended } from "./holdfast-process.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const NOBODY = 65534;

/** Everything is an ordinary user's, but not all of it may be read. */
function stackOfNobody(): { stack: TestStack; run: (...args: string[]) => Promise<Ended> } {
  const stack = testStack();
  stack.write({ "closed/file": "x", "no-way-in/file": "x", "open/file": "x", "open/secret": "x" });
  chmodSync(join(stack.source(), "closed"), 0o000);
  chmodSync(join(stack.source(), "no-way-in"), 0o644);
  chmodSync(join(stack.source(), "open/secret"), 0o200);
  mkdirSync(stack.statePath, { recursive: true });
  const names = readdirSync(stack.root, { recursive: true, encoding: "utf8" });
  for (const name of ["", ...names]) chownSync(join(stack.root, name), NOBODY, NOBODY);
  return { stack, run: (...args) => stack.runWith({ uid: NOBODY }, ...args) };
}

describe.skipIf(!canRunAs(NOBODY))(
  "what an ordinary user may not read (needs root, and the clone readable to all)",
  () => {
    it("is a warning each, the run partial, and the point known to be incomplete", async () => {
      const { stack, run } = stackOfNobody();
      const backup = await run("backup", "data", "--json");
      expect(backup.exitCode).toBe(3);
      expect(JSON.parse(backup.stdout)).toMatchObject({ runs: [{ outcome: "partial" }] });

      const [point = ""] = await stack.points();
      const shown = JSON.parse((await stack.run("show", point, "--json")).stdout) as {
        record: { incomplete: boolean; warnings: { path: string; problem: string }[] };
      };
      expect(shown.record.incomplete).toBe(true);
      expect(shown.record.warnings.map(({ path, problem }) => [path, problem])).toEqual([
        ["closed", "unreadable"],
        ["no-way-in/file", "unreadable"],
        ["open/secret", "unreadable"],
      ]);
      const text = (await stack.run("show", point)).stdout;
      expect(text).toContain("closed could not be read: EACCES");
    });

    it("takes nothing from the rest, and the directories come back as they were, empty", async () => {
      const { stack, run } = stackOfNobody();
      await run("backup", "data");
      expect((await run("restore", "data", "--to", stack.path("out"))).exitCode).toBe(0);
      const names = readdirSync(stack.path("out"), { recursive: true, encoding: "utf8" });
      expect(names.sort()).toEqual(["closed", "no-way-in", "open", "open/file"]);
    });

    it("is a failed run when it is all there is", async () => {
      const { stack, run } = stackOfNobody();
      for (const name of ["open", "no-way-in"]) chmodSync(join(stack.source(), name), 0o000);
      const backup = await run("backup", "data");
      expect(backup.exitCode).toBe(1);
      expect(backup.stderr + backup.stdout).toContain("none of its files could be read");
      expect(await stack.points()).toEqual([]);
    });
  },
);
