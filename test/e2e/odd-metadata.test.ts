import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { captureVolume, readersOf, restoreHere, type CapturedVolume } from "../fakes/captured-volume.ts";
import { PointChain } from "../fakes/point-chain.ts";
import { treeByPython } from "../fakes/python-tree.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../fakes/tmpfs.ts";

const isRoot = process.geteuid?.() === 0;
const GIB = 1024 ** 3;

/** Nanoseconds since 1970. A disk of ext4 holds 1901 to 2446, a memory file system more. */
const TIMES: Record<string, bigint> = {
  "half-a-second-before-1970": -500_000_000n,
  "one-nanosecond-before-1970": -1n,
  "1969": -1_500_000_001n,
  "1901": -2_147_483_648_000_000_000n,
  "1970": 0n,
  "before-2038": 2_147_483_647_999_999_999n,
  "after-2038": 2_147_483_648_000_000_001n,
  "after-2106": 4_294_967_296_123_456_789n,
  "past-eleven-octal-digits": 8_589_934_592_000_000_000n,
  "2399": 13_569_465_600_999_999_999n,
};
const FAR: Record<string, bigint> = {
  "1800": -5_364_662_400_000_000_001n,
  "2600": 19_880_899_200_000_000_001n,
};

const SET_TIMES = `
import json, os, sys
for path, ns in json.load(sys.stdin):
    os.utime(path, ns=(int(ns), int(ns)), follow_symlinks=False)
`;

/** A file, a directory and a symlink of each time. */
function makeTimes(root: string, times: Record<string, bigint>): void {
  const set: [string, string][] = [];
  for (const [name, time] of Object.entries(times)) {
    const at = join(root, name);
    fs.mkdirSync(at);
    fs.writeFileSync(join(at, "file"), name);
    fs.symlinkSync("file", join(at, "link"));
    for (const path of [join(at, "file"), join(at, "link"), at]) set.push([path, String(time)]);
  }
  execFileSync("python3", ["-c", SET_TIMES], { input: JSON.stringify(set) });
}

async function roundTrip(root: string, target: string): Promise<CapturedVolume> {
  const captured = await captureVolume(root);
  expect(captured.summary.warnings).toEqual([]);
  const { index, archive } = readersOf(captured);
  expect(await Array.fromAsync(verifyArchive({ index, archive: archive() }))).toEqual([]);
  const { warnings } = await restoreHere({ index, archive, target, onExisting: "refuse" });
  expect(warnings).toEqual([]);
  return captured;
}

function byTar(work: string, { archive }: CapturedVolume): string {
  fs.writeFileSync(join(work, "archive.tar.zst"), archive);
  const target = join(work, "by-tar");
  fs.mkdirSync(target);
  execFileSync("tar", ["--zstd", "--numeric-owner", "-xpf", join(work, "archive.tar.zst"), "-C", target], {
    stdio: "pipe",
  });
  return target;
}

describe("times", () => {
  it("before 1970, after 2038 and past the header's field come back to the nanosecond, and through GNU tar", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    fs.mkdirSync(root);
    makeTimes(root, TIMES);
    const before = treeByPython(root);
    expect(Object.values(before).filter(({ mtime }) => mtime === "-500000000")).toHaveLength(3);
    const captured = await roundTrip(root, join(work, "out"));
    expect(treeByPython(join(work, "out"))).toEqual(before);
    expect(treeByPython(byTar(work, captured))).toEqual(before);
  });

  it.skipIf(!canMount())(
    `of other centuries come back where the file system holds them (${MOUNTS_NEEDED})`,
    async () => {
      const work = temporaryDirectory();
      mountTmpfs(work);
      fs.mkdirSync(join(work, "root"));
      makeTimes(join(work, "root"), { ...TIMES, ...FAR });
      await roundTrip(join(work, "root"), join(work, "out"));
      expect(treeByPython(join(work, "out"))).toEqual(treeByPython(join(work, "root")));
    },
  );

  it("before 1970 do not make a file look changed, and those in the future only make it be read", async () => {
    const root = temporaryDirectory();
    makeTimes(root, TIMES);
    const chain = new PointChain(root, temporaryDirectory());
    const first = await chain.capture();
    const second = await chain.capture();
    const files = [...(await chain.entries(second)).values()].filter(({ type }) => type === "file");
    expect(files.map(({ data }) => data?.point)).toEqual(files.map(() => first.id));
    expect(second.summary.capture["earlier"]).toMatchObject({ files: 10, compared: 5 });
  });
});

describe.skipIf(!isRoot)("owners, as root", () => {
  it("past the header's field, up to the largest there are, come back, and through GNU tar", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    fs.mkdirSync(root);
    for (const id of [2 ** 21 - 1, 2 ** 21, 2 ** 31, 2 ** 32 - 2]) {
      fs.writeFileSync(join(root, `file-${id}`), "x");
      fs.symlinkSync("nowhere", join(root, `link-${id}`));
      fs.mkdirSync(join(root, `directory-${id}`));
      for (const kind of ["file", "link", "directory"]) fs.lchownSync(join(root, `${kind}-${id}`), id, id);
    }
    const before = treeByPython(root);
    const captured = await roundTrip(root, join(work, "out"));
    expect(treeByPython(join(work, "out"))).toEqual(before);
    expect(treeByPython(byTar(work, captured))).toEqual(before);
  });
});

describe("hardlinks across directories", () => {
  it("stay one file, whichever name comes first, also when they are in an earlier point", async () => {
    const root = temporaryDirectory();
    for (const directory of ["a/deep", "b", "c"]) fs.mkdirSync(join(root, directory), { recursive: true });
    fs.writeFileSync(join(root, "c/made-first"), "one file");
    fs.linkSync(join(root, "c/made-first"), join(root, "a/deep/comes-first"));
    fs.linkSync(join(root, "c/made-first"), join(root, "b/between"));
    const chain = new PointChain(root, temporaryDirectory());
    for (const change of [
      () => undefined,
      () => fs.rmSync(join(root, "a/deep/comes-first")),
      () => fs.linkSync(join(root, "b/between"), join(root, "z-last")),
    ]) {
      change();
      const point = await chain.capture();
      const target = join(temporaryDirectory(), "out");
      await chain.restore(point, target);
      expect(treeByPython(target)).toEqual(treeByPython(root));
    }
  });
});

describe("a file of more than 8 GiB", () => {
  it("comes back whole, and other readers know its size", { timeout: 300_000 }, async () => {
    const work = temporaryDirectory();
    fs.mkdirSync(join(work, "root"));
    const size = 8 * GIB + 4097;
    const fd = fs.openSync(join(work, "root/huge"), "w");
    fs.writeSync(fd, "the beginning", 0);
    fs.writeSync(fd, "across the end of the field", 8 * GIB - 10);
    fs.writeSync(fd, "z", size - 1);
    fs.closeSync(fd);
    fs.writeFileSync(join(work, "root/next"), "what comes after it");

    const captured = await captureVolume(join(work, "root"));
    expect(captured.summary.totals.sourceBytes).toBe(size + 19);
    fs.writeFileSync(join(work, "archive.tar.zst"), captured.archive);
    const listed = execFileSync("tar", ["--zstd", "-tvf", join(work, "archive.tar.zst")]).toString();
    expect(listed).toMatch(new RegExp(` ${size} .* huge$`, "m"));
    expect(listed).toMatch(/ 19 .* next$/m);

    await restoreHere({ ...readersOf(captured), target: join(work, "out"), onExisting: "refuse" });
    const { blocks } = fs.statSync(join(work, "out/huge"));
    expect(blocks * 512).toBeLessThan(1024 ** 2);
    const part = Buffer.alloc(27);
    const restored = fs.openSync(join(work, "out/huge"), "r");
    fs.readSync(restored, part, 0, 27, 8 * GIB - 10);
    fs.closeSync(restored);
    expect(part.toString()).toBe("across the end of the field");
    expect(fs.readFileSync(join(work, "out/next"), "utf8")).toBe("what comes after it");
  });
});
