import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../fakes/tmpfs.ts";
import { testStack, type TestStack } from "./test-stack.ts";

async function stackWithMount(source: object = {}): Promise<TestStack> {
  const stack = testStack();
  stack.configure({ jobs: { data: { source: { kind: "volume", path: stack.source(), ...source } } } });
  stack.write({ file: "own" });
  mkdirSync(join(stack.source(), "sub"));
  mountTmpfs(join(stack.source(), "sub/mounted"));
  writeFileSync(join(stack.source(), "sub/mounted/inner"), "of the other file system");
  await new Promise<void>((listening) => {
    const server = createServer().listen(join(stack.source(), "socket"), listening);
    onTestFinished(() => void server.close());
  });
  return stack;
}

describe.skipIf(!canMount())(`a volume with something mounted in it (${MOUNTS_NEEDED})`, () => {
  it("is backed up with it", async () => {
    const stack = await stackWithMount();
    const point = await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(readdirSync(stack.path("out/sub/mounted"))).toEqual(["inner"]);
    expect((await stack.run("show", point)).stdout).toMatch(/^Left out +1 socket$/m);
  });

  it("is backed up without it when only its own file system is asked for", async () => {
    const stack = await stackWithMount({ oneFileSystem: true });
    const point = await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(readdirSync(stack.path("out"))).toEqual(["file", "sub"]);
    expect(readdirSync(stack.path("out/sub"))).toEqual(["mounted"]);
    expect(readdirSync(stack.path("out/sub/mounted"))).toEqual([]);
    expect((await stack.run("show", point)).stdout).toMatch(/^Left out +1 socket, 1 mounted file system$/m);
  });

  it("may be a mount point itself", async () => {
    const stack = await stackWithMount({ oneFileSystem: true });
    const path = join(stack.source(), "sub/mounted");
    stack.configure({ jobs: { data: { source: { kind: "volume", path, oneFileSystem: "true" } } } });
    await stack.backUp();
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(readdirSync(stack.path("out"))).toEqual(["inner"]);
  });
});

describe("a config that asks for one file system", () => {
  it("says true or false", async () => {
    const stack = testStack();
    const source = { kind: "volume", path: stack.source(), oneFileSystem: "maybe" };
    stack.configure({ jobs: { data: { source } } });
    const { exitCode, stderr } = await stack.run("config", "check");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/jobs\.data\.source\.oneFileSystem .*: expected true or false, got "maybe"/);
  });
});
