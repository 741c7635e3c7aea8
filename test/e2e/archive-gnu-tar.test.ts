import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { captureVolume, describeTree, readersOf, restoreHere } from "../fakes/captured-volume.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const isRoot = process.geteuid?.() === 0;
const HOLES = 256 * 1024 ** 2;

function makeOddTree(root: string): void {
  fs.mkdirSync(join(root, "empty"), { recursive: true });
  fs.mkdirSync(join(root, "a-dir/nested"), { recursive: true });
  fs.writeFileSync(join(root, "zero"), "");
  fs.writeFileSync(join(root, "plain.txt"), "plain\n");
  fs.writeFileSync(join(root, "a-dir.txt"), "sorts between a-dir and its content in naive order");
  fs.writeFileSync(join(root, "a-dir/nested/original"), "linked");
  fs.linkSync(join(root, "a-dir/nested/original"), join(root, "hard"));
  fs.linkSync(join(root, "a-dir/nested/original"), join(root, "a-dir/also-hard"));
  fs.symlinkSync("../plain.txt", join(root, "a-dir/soft"));
  fs.symlinkSync("/nowhere/at/all", join(root, "dangling"));
  fs.symlinkSync("x".repeat(150), join(root, "long-link"));
  fs.writeFileSync(join(root, "n".repeat(255)), "long name");
  fs.writeFileSync(join(root, "žluťoučký 🐎"), "UTF-8");
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0xfe])]), "not UTF-8");
  const deep = join(root, ...Array.from({ length: 8 }, (_, i) => `${i}-${"d".repeat(60)}`));
  fs.mkdirSync(deep, { recursive: true });
  fs.writeFileSync(join(deep, "leaf"), "deep");
  for (const mode of [0o000, 0o400, 0o777, 0o4755, 0o2711, 0o1666]) {
    fs.writeFileSync(join(root, `mode-${mode.toString(8)}`), "mode");
    fs.chmodSync(join(root, `mode-${mode.toString(8)}`), mode);
  }
  fs.chmodSync(join(root, "empty"), 0o1731);
  fs.chmodSync(join(root, "a-dir"), 0o555);
  if (isRoot) {
    fs.lchownSync(join(root, "plain.txt"), 1234, 4321);
    fs.lchownSync(join(root, "dangling"), 77, 88);
    fs.lchownSync(join(root, "zero"), 3_000_000, 2 ** 31);
  }
  setTimes(root);
}

function setTimes(root: string): void {
  execFileSync("touch", [
    "-h",
    "-d",
    "2001-02-03T04:05:06.123456789Z",
    join(root, "plain.txt"),
    join(root, "dangling"),
  ]);
  execFileSync("touch", ["-d", "2040-01-01T00:00:00.000000001Z", join(root, "zero"), join(root, "empty")]);
  execFileSync("touch", ["-d", "1969-12-31T23:59:58.500000000Z", join(root, "hard")]);
}

describe("an archive", () => {
  it("gives back the same tree through GNU tar and through a restore", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    makeOddTree(root);
    const before = describeTree(root);

    const captured = await captureVolume(root);
    expect(captured.summary.warnings).toEqual([]);
    fs.writeFileSync(join(work, "archive.tar.zst"), captured.archive);
    execFileSync("zstd", ["-q", "-t", join(work, "archive.tar.zst")]);
    fs.mkdirSync(join(work, "by-tar"));
    execFileSync("tar", ["--zstd", "-xpf", "archive.tar.zst", "-C", "by-tar", "--numeric-owner"], {
      cwd: work,
    });
    const result = await restoreHere({
      ...readersOf(captured),
      target: join(work, "by-us"),
      onExisting: "refuse",
    });

    expect(describeTree(join(work, "by-tar"))).toEqual(before);
    expect(describeTree(join(work, "by-us"))).toEqual(before);
    expect(result.entries).toBe(before.size);
    expect(captured.summary.totals.entries).toBe(before.size);
    const { index, archive } = readersOf(captured);
    expect(await Array.fromAsync(verifyArchive({ index, archive: archive() }))).toEqual([]);
  });

  it("gives a file of holes back as holes", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    fs.mkdirSync(root);
    const file = fs.openSync(join(root, "holes"), "w");
    fs.writeSync(file, "middle", HOLES / 2);
    fs.ftruncateSync(file, HOLES);
    fs.closeSync(file);

    const captured = await captureVolume(root);
    await restoreHere({ ...readersOf(captured), target: join(work, "out"), onExisting: "refuse" });

    const { size, blocks } = fs.statSync(join(work, "out/holes"));
    expect({ size, isSparse: blocks * 512 < HOLES / 100 }).toEqual({ size: HOLES, isSparse: true });
    execFileSync("cmp", [join(root, "holes"), join(work, "out/holes")]);
    expect(captured.archive.length).toBeLessThan(HOLES / 1000);
  });
});
