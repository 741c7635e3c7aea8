import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { testStack } from "./test-stack.ts";

const isRoot = process.geteuid?.() === 0;

describe.skipIf(!isRoot)("FIFOs and device nodes, at the command line", () => {
  it("are shown, listed, not printed, and restored as far as is asked for", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    execFileSync("mkfifo", [join(stack.source(), "fifo")]);
    execFileSync("mknod", [join(stack.source(), "null"), "c", "1", "3"]);
    const point = await stack.backUp();

    expect((await stack.run("show", point)).stdout).toContain("2 FIFOs or devices");
    const listed = (await stack.run("ls", point)).stdout.split("\n");
    expect(listed[0]).toMatch(/^prw-r--r-- .* 0 .* fifo$/);
    expect(listed[2]).toMatch(/^crw-r--r-- .* 1, 3 .* null$/);
    const cat = await stack.run("cat", point, "null");
    expect(cat).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("a character device") as string,
    });

    const without = await stack.run("restore", "data", "--to", stack.path("without"));
    expect(without.exitCode).toBe(3);
    expect(without.stderr).toContain("device nodes were not restored, because --special was not given: null");
    expect(readdirSync(stack.path("without"))).toEqual(["fifo", "file"]);

    await stack.done("restore", "data", "--special", "--to", stack.path("with"));
    const { rdev } = lstatSync(stack.path("with/null"));
    expect(rdev).toBe(lstatSync(join(stack.source(), "null")).rdev);
  });
});
