import { existsSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { holdfast } from "./holdfast-process.ts";
import { testStack } from "./test-stack.ts";

/** A machine that has nothing of the stack but its store: no config, no state, no source. */
async function bareMachine() {
  const stack = testStack();
  stack.write({ "notes.txt": "what was written", "more/of it.txt": "and more" });
  const point = await stack.backUp();
  const job = `file://${stack.store()}/test/data`;
  const run = (...args: string[]) => holdfast(["--state", stack.path("bare/state"), ...args]);
  return { run, point, job, ofStack: `file://${stack.store()}/test/`, target: stack.path("out") };
}

describe("recovery points by their address alone", () => {
  it("are restored where there is no config", async () => {
    const { run, job, target } = await bareMachine();
    const { exitCode, stderr } = await run("restore", "--from", job, "--to", target);
    expect(stderr).not.toContain("failed");
    expect(exitCode).toBe(0);
    expect(readFileSync(`${target}/notes.txt`, "utf8")).toBe("what was written");
    expect(readFileSync(`${target}/more/of it.txt`, "utf8")).toBe("and more");
  });

  it("are listed, looked into and verified, those of one job or of a stack", async () => {
    const { run, job, ofStack, point, target } = await bareMachine();
    for (const address of [job, ofStack]) {
      const { points } = JSON.parse((await run("list", "--json", "--from", address)).stdout) as {
        points: { id: string; job: string }[];
      };
      expect(points).toMatchObject([{ id: point, job: "data" }]);
    }
    expect((await run("ls", point, "more", "--from", job)).stdout).toContain("of it.txt");
    expect((await run("cat", point, "notes.txt", "--from", job)).stdout).toBe("what was written");
    expect((await run("verify", "--from", job)).exitCode).toBe(0);
    expect((await run("restore", "data", "--from", ofStack, "--to", target)).exitCode).toBe(0);
  });

  it("are refused in one sentence where the address names none, or too many", async () => {
    const { run, job, ofStack, target } = await bareMachine();
    const told = async (...args: string[]) => {
      const { exitCode, stderr } = await run(...args, "--to", target);
      return `${exitCode} ${stderr}`;
    };
    expect(await told("restore", "--from", "ftp://host/stack/job")).toMatch(
      /^2 holdfast: .*begins with none of/,
    );
    expect(await told("restore", "--from", ofStack)).toMatch(/^2 holdfast: .*no job is named/);
    expect(await told("restore", "users", "--from", job)).toMatch(/^2 holdfast: .*that of job data/);
    expect(await told("restore", "users", "--from", ofStack)).toMatch(/^2 holdfast: .*data/s);
    expect(await told("restore", "--from", `${job}?colour=red`)).toMatch(/^2 holdfast: .*colour/s);
    expect(await told("restore", "--from", "file:///nowhere/at/all")).toMatch(/^[12] holdfast: .*\/nowhere/s);
    expect(existsSync(target)).toBe(false);
  });
});
