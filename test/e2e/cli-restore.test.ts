import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { damage } from "./damage.ts";
import { testStack } from "./test-stack.ts";

describe("restore", () => {
  it("brings back the newest point, one by its id, and the one there was at a time", async () => {
    const stack = testStack();
    stack.write({ version: "1", "folder/same": "same" });
    const first = { id: await stack.backUp(), tree: describeTree(stack.source()) };
    const between = new Date().toISOString();
    stack.write({ version: "2", added: "later" });
    await stack.backUp();
    const newest = describeTree(stack.source());

    await stack.done("restore", "data", "--to", stack.path("newest"));
    await stack.done("restore", "data", "--point", first.id, "--to", stack.path("by-id"));
    await stack.done("restore", "data", "--at", between, "--to", stack.path("by-time"));

    expect(describeTree(stack.path("newest"))).toEqual(newest);
    expect(describeTree(stack.path("by-id"))).toEqual(first.tree);
    expect(describeTree(stack.path("by-time"))).toEqual(first.tree);
  });

  it("brings back only the paths that are asked for", async () => {
    const stack = testStack();
    stack.write({ "a/1": "one", "a/2": "two", "b/3": "three", "b/4": "four" });
    await stack.backUp();
    await stack.done("restore", "data", "--path", "a", "b/4", "--to", stack.path("parts"));
    expect([...describeTree(stack.path("parts")).keys()].sort()).toEqual([
      ".",
      "./a",
      "./a/1",
      "./a/2",
      "./b",
      "./b/4",
    ]);
  });

  it("refuses a directory that is not empty, and replaces it whole only when told to", async () => {
    const stack = testStack();
    stack.write({ file: "from the backup" });
    await stack.backUp();
    const target = stack.path("target");
    mkdirSync(target);
    writeFileSync(join(target, "mine"), "precious");

    const refused = await stack.run("restore", "data", "--to", target);
    expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
    expect(refused.stderr).toMatch(
      /^holdfast: Restoring to .* failed: the directory is not empty; choose .*\.\n$/,
    );
    expect(readdirSync(target)).toEqual(["mine"]);

    const parts = await stack.run("restore", "data", "--to", target, "--path", "file", "--replace");
    expect(parts).toMatchObject({ exitCode: 2, stdout: "" });
    expect(parts.stderr).toContain("--replace would remove everything else in the directory");
    expect(readdirSync(target)).toEqual(["mine"]);

    await stack.done("restore", "data", "--to", target, "--replace", "--yes");
    expect(describeTree(target)).toEqual(describeTree(stack.source()));
  });

  it("takes the copy of the next store when that of the first is damaged, and says so", async () => {
    const stack = testStack({ stores: ["local", "offsite"] });
    stack.write({ file: "content" });
    const id = await stack.backUp();
    damage(stack.store("local"), id, "archive.tar.zst");

    const restored = await stack.run("restore", "data", "--to", stack.path("target"));

    expect(restored.exitCode).toBe(3);
    expect(restored.stderr).toMatch(/^warning: .*local:test\/data\/.*archive\.tar\.zst/m);
    expect(restored.stdout).toContain(`point ${id}`);
    expect(restored.stdout).toContain("in offsite");
    expect(describeTree(stack.path("target"))).toEqual(describeTree(stack.source()));
  });

  it("of a damaged point fails, and makes no target", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    damage(stack.store(), await stack.backUp(), "archive.tar.zst");
    const failed = await stack.run("restore", "data", "--to", stack.path("target"));
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    expect(existsSync(stack.path("target"))).toBe(false);
    expect(readdirSync(stack.root).filter((name) => name.startsWith(".holdfast"))).toEqual([]);
  });

  it("names what there is when it is asked for what there is not", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const id = await stack.backUp();
    const to = ["--to", stack.path("target")];
    const unknown = await stack.run("restore", "data", "--point", "20010101T000000Z-0000", ...to);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain(`the nearest is ${id}`);
    const tooOld = await stack.run("restore", "data", "--at", "2001-01-01T00:00:00Z", ...to);
    expect(tooOld.exitCode).toBe(1);
    expect(tooOld.stderr).toContain(`the oldest is ${id}`);
    const noPath = await stack.run("restore", "data", "--path", "nope", ...to);
    expect(noPath.exitCode).toBe(1);
    expect(noPath.stderr).toContain("nope");
    expect(existsSync(stack.path("target"))).toBe(false);
  });
});

describe("verify", () => {
  it("finds one flipped byte in each object of a point and names the object, exit 1", async () => {
    const stack = testStack();
    stack.write({ file: "content ".repeat(5000), other: "x" });
    const objects = ["archive.tar.zst", "files.jsonl.zst", "recovery-point.json"];
    const points = [];
    for (const _ of objects) points.push(await stack.backUp());
    for (const [at, name] of objects.entries()) damage(stack.store(), points[at] ?? "", name);

    const verified = await stack.run("verify", "--json");

    expect(verified.exitCode).toBe(1);
    const [result] = JSON.parse(verified.stdout) as [
      { points: { point: string; problems: string[] }[]; problems: string[] },
    ];
    const problemsOf = (id: string | undefined) =>
      result.points.find(({ point }) => point === id)?.problems ?? [];
    expect(problemsOf(points[0])).toContainEqual(expect.stringContaining(`${points[0]}/archive.tar.zst`));
    expect(problemsOf(points[1])).toContainEqual(expect.stringContaining(`${points[1]}/files.jsonl.zst`));
    expect(result.problems).toContainEqual(
      expect.stringMatching(new RegExp(`test/data/${points[2]}.*commit record`)),
    );
    const { stdout } = await stack.run("list");
    expect(stdout.split("\n").filter((line) => line.includes("DAMAGED"))).toHaveLength(2);
  });

  it("reads a whole point again and says so, exit 0", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const id = await stack.backUp();
    const { stdout } = await stack.done("verify");
    expect(stdout).toMatch(new RegExp(`^data: ${id} in local: whole \\(.* read\\)\n$`));
    expect((await stack.done("list")).stdout).toContain("verified");
    const proofs = join(stack.store(), "test/data", id, "proofs");
    const [proof = ""] = readdirSync(proofs);
    expect(JSON.parse(readFileSync(join(proofs, proof), "utf8"))).toMatchObject({ outcome: "passed" });
  });
});
