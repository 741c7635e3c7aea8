import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { isUtf8 } from "node:buffer";
import { basename, dirname, join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { removeTree } from "../../src/archive/restore/remove-tree.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { captureVolume, readersOf, restoreHere } from "../fakes/captured-volume.ts";
import { deepTemporaryDirectory, digestByTar, makeDeepTree } from "../fakes/deep-tree.ts";
import { PointChain } from "../fakes/point-chain.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { testStack } from "./test-stack.ts";

const FILES = { content: "deep down", other: "as deep" };

/** 25 names of 255 bytes, some of them not UTF-8: more than 6,000 bytes. */
function longNames(): Buffer[] {
  const fill = [Buffer.from("n"), Buffer.from([0xff]), Buffer.from("ž")];
  return Array.from({ length: 25 }, (_, at) =>
    Buffer.concat([
      Buffer.from(at % 3 === 2 ? "-" : ""),
      Buffer.alloc(254, fill[at % 3]),
      Buffer.from("-"),
    ]).subarray(0, 255),
  );
}
const TEXT_NAMES = longNames()
  .filter((name) => isUtf8(name))
  .concat(longNames().filter((name) => isUtf8(name)));
const SHAPES: [shape: string, names: Buffer[]][] = [
  ["names of 255 bytes", longNames()],
  ["names of one byte, thousands of them", Array.from({ length: 2100 }, () => Buffer.from("d"))],
];

describe("a tree whose paths are longer than the system takes", () => {
  it.each(SHAPES)("comes back as it was, with %s", async (_, names) => {
    const work = deepTemporaryDirectory();
    const root = join(work, "root");
    makeDeepTree(root, names, FILES);
    const captured = await captureVolume(root);
    expect(captured.summary.warnings).toEqual([]);
    expect(captured.summary.totals).toMatchObject({ directories: names.length + 1, files: 2, hardlinks: 1 });
    const { index, archive } = readersOf(captured);
    expect(await Array.fromAsync(verifyArchive({ index, archive: archive() }))).toEqual([]);
    const result = await restoreHere({ index, archive, target: join(work, "out"), onExisting: "refuse" });
    expect(result.warnings).toEqual([]);
    expect(digestByTar(join(work, "out"))).toBe(digestByTar(root));
  });

  it("is stored again only as far as it changed", async () => {
    const work = deepTemporaryDirectory();
    const root = join(work, "root");
    makeDeepTree(root, longNames(), FILES);
    const chain = new PointChain(root, temporaryDirectory());
    const first = await chain.capture();
    writeFileSync(join(root, "beside"), "new");
    const second = await chain.capture();
    expect(second.summary).toMatchObject({ kind: "incremental", needs: [first.id], warnings: [] });
    const held = [...(await chain.entries(second)).values()].filter(({ data }) => data?.point === first.id);
    expect(held).toHaveLength(3);
    await chain.restore(second, join(work, "out"));
    expect(digestByTar(join(work, "out"))).toBe(digestByTar(root));
  });

  it("is listed by other readers of tar", async () => {
    const work = deepTemporaryDirectory();
    makeDeepTree(join(work, "root"), TEXT_NAMES, FILES);
    const { archive } = await captureVolume(join(work, "root"));
    writeFileSync(join(work, "archive.tar.zst"), archive);
    for (const command of ["tar --zstd -tf archive.tar.zst", "bsdtar -tf archive.tar.zst"]) {
      const listed = execFileSync("bash", ["-c", `${command} | wc -l`], {
        cwd: work,
        env: { LC_ALL: "C.UTF-8", PATH: process.env["PATH"] },
      });
      expect(Number(listed), command).toBe(TEXT_NAMES.length + 6);
    }
  });

  it("is removed when it is in the way", async () => {
    const work = deepTemporaryDirectory();
    makeDeepTree(join(work, "tree"), longNames(), FILES);
    await removeTree(join(work, "tree"));
    expect(readdirSync(work)).toEqual([]);
  });
});

describe("a deep tree, at the command line", () => {
  it("is backed up, listed, printed, and restored beside, over it and in place", async () => {
    const stack = testStack();
    onTestFinished(() => void execFileSync("rm", ["-rf", stack.source(), stack.path("out")]));
    makeDeepTree(stack.source(), TEXT_NAMES, FILES);
    const before = digestByTar(stack.source());
    const point = await stack.backUp();

    const listed = (await stack.run("ls", "--recursive", "--json", point)).stdout;
    const paths = (JSON.parse(listed) as { path: string }[]).map(({ path }) => path);
    expect(paths).toHaveLength(TEXT_NAMES.length + 6);
    const path = paths.find((name) => name.endsWith("/content")) ?? "";
    expect(Buffer.byteLength(path)).toBeGreaterThan(5000);
    expect((await stack.run("cat", point, path)).stdout).toBe("deep down");

    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(digestByTar(stack.path("out"))).toBe(before);
    await stack.done("restore", "data", "--to", stack.path("out"), "--replace", "--yes");
    expect(digestByTar(stack.path("out"))).toBe(before);
    await stack.done("restore", "data", "--in-place", "--yes");
    expect(digestByTar(stack.source())).toBe(before);
    expect(readdirSync(dirname(stack.source()))).toEqual([basename(stack.source())]);
  });
});
