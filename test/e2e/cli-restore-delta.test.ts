import { appendFileSync, linkSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { writeFiles } from "../fakes/staging.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../fakes/tmpfs.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const DELTA = ["restore", "data", "--in-place", "--delta", "--yes"];
const GOOD = { same: "same", touched: "touched", "sub/broken": "good", "sub/lost": "lost" };

/** Backed up; then one file was touched, one changed without another size, and one removed. */
async function stage(): Promise<{ stack: TestStack; good: Map<string, string>; inodeOf: Inodes }> {
  const stack = testStack();
  stack.write(GOOD);
  const good = describeTree(stack.source());
  await stack.backUp();
  stack.write({ "sub/broken": "evil", extra: "extra" });
  utimesSync(join(stack.source(), "touched"), 1e9, 1e9);
  rmSync(join(stack.source(), "sub/lost"));
  return { stack, good, inodeOf: (name) => statSync(join(stack.source(), name)).ino };
}

type Inodes = (name: string) => number;

async function reused(stack: TestStack, ...args: string[]): Promise<unknown> {
  const { stdout } = await stack.done(...DELTA, "--json", ...args);
  return (JSON.parse(stdout) as { reused: unknown }).reused;
}

describe("restore --in-place --delta", () => {
  it("keeps a file that is as it was, copies one of the same content, writes the rest, and says so", async () => {
    const { stack, good, inodeOf } = await stage();
    const before = { same: inodeOf("same"), touched: inodeOf("touched") };
    const { stdout } = await stack.done(...DELTA);
    expect(stdout).toMatch(/Of them 2 files, 11 B were there already \(1 of these copied\)\.\n$/);
    expect(describeTree(stack.source())).toEqual(good);
    expect(inodeOf("same")).toBe(before.same);
    expect(inodeOf("touched")).not.toBe(before.touched);
  });

  it("shares nothing with the old content that is kept", async () => {
    const { stack, good, inodeOf } = await stage();
    const { stdout } = await stack.done(...DELTA, "--keep-old", "--json");
    const { kept, reused: counts } = JSON.parse(stdout) as { kept: string; reused: unknown };
    expect(counts).toEqual({ files: 2, bytes: 11, copied: 2 });
    expect(inodeOf("same")).not.toBe(statSync(join(kept, "same")).ino);
    appendFileSync(join(stack.source(), "same"), "!");
    expect(readFileSync(join(kept, "same"), "utf8")).toBe("same");
    rmSync(kept, { recursive: true });
    expect([...describeTree(stack.source()).keys()]).toEqual([...good.keys()]);
  });

  it("copies a file that has another name too, and one whose attributes differ", async () => {
    const { stack, inodeOf } = await stage();
    linkSync(join(stack.source(), "same"), stack.path("elsewhere"));
    const before = inodeOf("same");
    expect(await reused(stack)).toEqual({ files: 2, bytes: 11, copied: 2 });
    expect(inodeOf("same")).not.toBe(before);
    expect(readFileSync(stack.path("elsewhere"), "utf8")).toBe("same");
  });

  it("takes nothing through a symlink that is now in the place of a directory", async () => {
    const { stack, good } = await stage();
    writeFiles(stack.path("elsewhere"), { broken: "good", lost: "lost" });
    rmSync(join(stack.source(), "sub"), { recursive: true });
    symlinkSync(stack.path("elsewhere"), join(stack.source(), "sub"));
    expect(await reused(stack)).toMatchObject({ files: 2 });
    expect(describeTree(stack.source())).toEqual(good);
    expect(statSync(stack.path("elsewhere", "lost")).nlink).toBe(1);
  });

  it("of some paths takes over those only", async () => {
    const { stack, good } = await stage();
    expect(await reused(stack, "--path", "same", "sub/broken")).toEqual({ files: 1, bytes: 4, copied: 0 });
    const now = describeTree(stack.source());
    expect(now.get("./same")).toBe(good.get("./same"));
    expect(now.get("./sub/broken")).toBe(good.get("./sub/broken"));
    expect(now.get("./extra")).toBeDefined();
  });

  it.skipIf(!canMount())(
    `fits into a volume that could not hold all of it twice (${MOUNTS_NEEDED})`,
    async () => {
      const stack = testStack();
      mountTmpfs(stack.source(), "1m");
      stack.write({ large: "x".repeat(600_000), small: "good" });
      const good = describeTree(stack.source());
      await stack.backUp();
      stack.write({ small: "evil" });
      expect(await reused(stack)).toEqual({ files: 1, bytes: 600_000, copied: 0 });
      expect(describeTree(stack.source())).toEqual(good);
    },
  );

  it.each([
    ["--delta", "--to", "/tmp/x"],
    ["--delta", "--archive", "x.tar"],
  ])("is for --in-place: %s %s", async (...args) => {
    const { stack } = await stage();
    const job = args.includes("--archive") ? [] : ["data"];
    expect(await stack.run("restore", ...job, ...args)).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
