import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { tarOf } from "../fakes/raw-tar.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { flipMiddleBit } from "./damage.ts";
import { holdfast } from "./holdfast-process.ts";
import { testStack } from "./test-stack.ts";

const TAR = tarOf({ name: "dir/file", content: "content" });

describe("`holdfast restore --archive`", () => {
  it("restores a downloaded archive with nothing else on the machine", async () => {
    const stack = testStack();
    stack.write({ "a/one": "one", "two words": "two" });
    const id = await stack.backUp();
    const away = temporaryDirectory();
    renameSync(join(stack.store(), "test/data", id, "archive.tar.zst"), join(away, "it.tar.zst"));
    const ended = await holdfast(["restore", "--archive", "it.tar.zst", "--to", "out", "--json"], {
      cwd: away,
    });
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ files: 2, bytes: 6, warnings: [] });
    expect(describeTree(join(away, "out"))).toEqual(describeTree(stack.source()));
  });

  it("compares it with the commit record beside it before the target is touched", async () => {
    const stack = testStack();
    stack.write({ one: "one" });
    const id = await stack.backUp();
    const archive = join(stack.store(), "test/data", id, "archive.tar.zst");
    const whole = await stack.run("restore", "--archive", archive, "--to", stack.path("whole"));
    expect(whole).toMatchObject({ exitCode: 0 });
    expect(whole.stdout).toContain(id);
    const other = tarOf({ name: "one", content: "other" });
    writeFileSync(archive, other);
    const swapped = await stack.run("restore", "--archive", archive, "--to", stack.path("swapped"));
    expect(swapped).toMatchObject({ exitCode: 1 });
    expect(swapped.stderr).toContain("commit record");
    expect(readdirSync(stack.root)).not.toContain("swapped");
  });

  it("fails on a damaged one and leaves the target as it was", async () => {
    const stack = testStack();
    stack.write({ one: "one".repeat(1000) });
    const id = await stack.backUp();
    const archive = stack.path("archive.tar.zst");
    renameSync(join(stack.store(), "test/data", id, "archive.tar.zst"), archive);
    flipMiddleBit(archive);
    const out = stack.path("out");
    mkdirSync(out);
    writeFileSync(join(out, "precious"), "precious");
    const ended = await stack.run("restore", "--archive", archive, "--to", out, "--replace", "--yes");
    expect(ended.exitCode).toBe(1);
    expect(readdirSync(out)).toEqual(["precious"]);
  });

  it("refuses a target that holds something, or the archive itself", async () => {
    const work = temporaryDirectory();
    writeFileSync(join(work, "it.tar"), TAR);
    const full = await holdfast(["restore", "--archive", "it.tar", "--to", "."], { cwd: work });
    expect(full).toMatchObject({ exitCode: 5 });
    const own = ["restore", "--archive", "it.tar", "--to", ".", "--replace", "--yes"];
    expect(await holdfast(own, { cwd: work })).toMatchObject({ exitCode: 5 });
    expect(readFileSync(join(work, "it.tar"))).toEqual(TAR);
  });

  it.each([
    [["restore", "data", "--archive", "it.tar", "--to", "out"], "a job and --archive"],
    [["restore", "--archive", "it.tar"], "there is no target"],
    [["restore", "--archive", "it.tar", "--to", ""], "--to is empty"],
    [["restore", "--archive", "it.tar", "--to", "out", "--at", "2026-01-01"], "--at"],
    [["restore", "--archive", "it.tar", "--to", "out", "--max-size", "lots"], "--max-size is lots"],
    [["restore", "--archive", "it.tar", "--to", "out", "--max-entries", "-1"], "--max-entries is -1"],
    [["restore", "data", "--to", "out", "--keep-setuid"], "--keep-setuid"],
    [["restore", "--to", "out"], "no job is named"],
    [["restore", "--archive", ".", "--to", "out"], "it is a directory"],
  ])("says what is wrong with `holdfast %s`", async (args, why) => {
    const work = temporaryDirectory();
    writeFileSync(join(work, "it.tar"), TAR);
    const ended = await holdfast(args, { cwd: work });
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain(why);
    expect(readdirSync(work)).toEqual(["it.tar"]);
  });

  it("names the tool for what it does not read", async () => {
    const work = temporaryDirectory();
    writeFileSync(
      join(work, "it.tar.xz"),
      Buffer.concat([Buffer.from("fd377a585a00", "hex"), Buffer.alloc(64)]),
    );
    const ended = await holdfast(["restore", "--archive", "it.tar.xz", "--to", "out"], { cwd: work });
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.stderr).toContain("xz -dc");
  });
});
