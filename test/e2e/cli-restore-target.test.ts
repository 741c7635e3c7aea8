import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readFiles, writeFiles } from "../fakes/staging.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../fakes/tmpfs.ts";
import { atTerminal } from "./at-terminal.ts";
import { canRunAs } from "./holdfast-process.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const NOBODY = 65534;

async function backedUp(): Promise<TestStack> {
  const stack = testStack();
  stack.write({ file: "from the backup" });
  await stack.backUp();
  return stack;
}

describe("a restore over what a stack lives on", () => {
  it("is refused for each store, the state and each source, and for what holds or lies in them", async () => {
    const stack = await backedUp();
    const points = readdirSync(join(stack.store(), "test/data"));
    symlinkSync(stack.store(), stack.path("link"));
    for (const [target, why] of [
      [stack.store(), "is store local"],
      [stack.path("link"), "is store local"],
      [stack.path("stores"), "holds store local"],
      [stack.root, "holds store local"],
      [join(stack.store(), "test"), "lies in store local"],
      [stack.statePath, "is Holdfast's state"],
      [stack.source(), "is the source of job data"],
      [stack.path("sources"), "holds the source of job data"],
    ] as const) {
      const refused = await stack.run("restore", "data", "--to", target, "--replace", "--yes");
      expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
      expect(refused.stderr).toContain(why);
    }
    expect(readdirSync(join(stack.store(), "test/data"))).toEqual(points);
    expect(readFiles(stack.source())).toEqual({ file: "from the backup" });
    expect(await stack.points()).toHaveLength(1);
  });

  it("goes into a source that was lost", async () => {
    const stack = testStack();
    stack.write({ file: "from the backup", other: "x" });
    await stack.backUp();
    const before = readFiles(stack.source());
    stack.write({});
    spawnSync("rm", ["-r", join(stack.source(), "file"), join(stack.source(), "other")]);
    await stack.done("restore", "data", "--to", stack.source());
    expect(readFiles(stack.source())).toEqual(before);
  });
});

describe("--to", () => {
  it("that is empty is a mistake, never the current directory", async () => {
    const stack = await backedUp();
    const cwd = stack.path("here");
    writeFiles(cwd, { mine: "mine" });
    for (const to of ["", " "]) {
      const refused = await stack.runWith({ cwd }, "restore", "data", "--to", to, "--replace", "--yes");
      expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
      expect(refused.stderr).toContain("--to is empty");
    }
    expect(readFiles(cwd)).toEqual({ mine: "mine" });
  });

  it.each([
    ["file", "it is not a directory"],
    ["file/x", "a part of its path is not a directory"],
    ["dangling", "which does not exist"],
  ])("%s says in a sentence what is wrong with it, exit 2", async (name, why) => {
    const stack = await backedUp();
    writeFileSync(stack.path("file"), "mine");
    symlinkSync("nowhere", stack.path("dangling"));
    const failed = await stack.run("restore", "data", "--to", stack.path(name));
    expect(failed).toMatchObject({ exitCode: 2, stdout: "" });
    expect(failed.stderr).toMatch(/^holdfast: Restoring to .* failed: .*; .*\.\n$/);
    expect(failed.stderr).toContain(why);
  });

  it("may be in the source, which then does not capture what a killed restore left there", async () => {
    const stack = await backedUp();
    const kept = ".holdfast-restore-0123456789ab-1-2-0123456789ab.old";
    stack.write({ [`${kept}/big`]: "", "sub/keep": "" });
    await stack.done("restore", "data", "--to", join(stack.source(), "sub/restored/"));
    const { stdout } = await stack.done("ls", await stack.backUp(), "-r");
    expect(stdout).toContain("sub/restored/file");
    expect(stdout).not.toContain(kept);
  });
});

describe("--replace", () => {
  async function withTarget(): Promise<{ stack: TestStack; target: string; args: string[] }> {
    const stack = await backedUp();
    const target = stack.path("target");
    writeFiles(target, { mine: "mine", also: "mine" });
    return { stack, target, args: ["--to", target, "--replace"] };
  }

  it("of something is refused where nobody can answer, naming what would be lost, exit 5", async () => {
    const { stack, target, args } = await withTarget();
    const refused = await stack.run("restore", "data", ...args);
    expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
    expect(refused.stderr).toContain(`${target} holds 2 entries (also, mine)`);
    expect(refused.stderr).toContain("--yes");
    expect(readFiles(target)).toEqual({ mine: "mine", also: "mine" });
  });

  it("asks at a terminal for the directory's name, and takes nothing else for a yes", async () => {
    const { stack, target, args } = await withTarget();
    for (const answer of ["", "y", "yes"]) {
      expect(await atTerminal(stack, answer, ...args)).toMatchObject({ exitCode: 5 });
    }
    expect(readFiles(target)).toEqual({ mine: "mine", also: "mine" });
    const { questions, exitCode } = await atTerminal(stack, "target", ...args);
    expect(questions).toEqual([expect.stringContaining(`${target} holds 2 entries (also, mine)`)]);
    expect(exitCode).toBe(0);
    expect(readFiles(target)).toEqual({ file: "from the backup" });
  });

  it("of nothing asks nothing", async () => {
    const stack = await backedUp();
    const { questions, exitCode } = await atTerminal(stack, "no", "--to", stack.path("new"), "--replace");
    expect({ questions, exitCode }).toEqual({ questions: [], exitCode: 0 });
  });

  it.skipIf(!canMount())(`goes into a mount point (${MOUNTS_NEEDED})`, async () => {
    const { stack, target, args } = await withTarget();
    mountTmpfs(target);
    writeFiles(target, { mounted: "old" });
    await stack.done("restore", "data", ...args, "--yes");
    expect(readdirSync(target)).toEqual(["file"]);
    expect(statSync(target).dev).not.toBe(statSync(stack.root).dev);
  });
});

describe("--at", () => {
  it("without an offset is the job's own time, and the instant that was understood is told", async () => {
    const stack = testStack({ timezone: "Asia/Kathmandu" });
    stack.write({ file: "x" });
    await stack.backUp();
    const at = ["--at", "2999-11-20T03:00"];
    const { stdout } = await stack.done("restore", "data", ...at, "--to", stack.path("a"));
    expect(stdout).toContain("the newest at 2999-11-19 21:15:00Z");
    const json = await stack.done("restore", "data", "--json", ...at, "--to", stack.path("b"));
    expect(JSON.parse(json.stdout)).toMatchObject({ at: "2999-11-19T21:15:00.000Z" });
  });

  it.each(["3", "2026-02-31", "yesterday", ""])("%j is a mistake, exit 2", async (at) => {
    const stack = await backedUp();
    const failed = await stack.run("restore", "data", "--at", at, "--to", stack.path("target"));
    expect(failed).toMatchObject({ exitCode: 2, stdout: "" });
    expect(failed.stderr).toContain("2026-11-20T03:00");
    expect(existsSync(stack.path("target"))).toBe(false);
  });
});

describe.skipIf(!canRunAs(NOBODY))(
  "a user who is not root (needs root, and the clone readable to all)",
  () => {
    async function asNobody(): Promise<{
      stack: TestStack;
      run: (to: string, ...more: string[]) => Promise<unknown>;
    }> {
      const stack = testStack();
      stack.write({ file: "from the backup", "read-only/file": "x" });
      chmodSync(join(stack.source(), "read-only"), 0o555);
      await stack.backUp();
      chmodSync(stack.root, 0o755);
      // The locks are objects of the store, too.
      for (const name of ["", ...readdirSync(stack.store(), { recursive: true, encoding: "utf8" })]) {
        chownSync(join(stack.store(), name), NOBODY, NOBODY);
      }
      const run = (to: string, ...more: string[]) =>
        stack.runWith({ uid: NOBODY }, "restore", "data", "--to", to, ...more);
      return { stack, run };
    }

    it("is told that it may not write there", async () => {
      const { stack, run } = await asNobody();
      mkdirSync(stack.path("of-root/full"), { recursive: true });
      for (const to of ["of-root/new", "of-root/new/deep", "of-root/full"]) {
        expect(await run(stack.path(to))).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining("this user may not write there") as string,
        });
      }
      expect(readdirSync(stack.path("of-root"))).toEqual(["full"]);
    });

    it("replaces a directory of its own below one that it may not write to, twice", async () => {
      const { stack, run } = await asNobody();
      const target = stack.path("target");
      mkdirSync(target);
      chownSync(target, NOBODY, NOBODY);
      for (const more of [[], ["--replace", "--yes"]]) {
        // 3: owners are not restored.
        expect(await run(target, ...more)).toMatchObject({ exitCode: 3 });
        expect(readdirSync(target).sort()).toEqual(["file", "read-only"]);
        expect(statSync(join(target, "read-only")).mode & 0o777).toBe(0o555);
      }
    });
  },
);
