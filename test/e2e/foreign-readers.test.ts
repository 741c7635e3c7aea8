/** GNU tar, bsdtar and Python's tarfile list and extract every archive: names, types, sizes, modes, owners, times, content. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { captureVolume } from "../fakes/captured-volume.ts";
import { missingPrograms } from "../fakes/documented-commands.ts";
import { makeOddTree, oddTrees } from "../fakes/odd-trees.ts";
import { PointChain } from "../fakes/point-chain.ts";
import { treeByPython } from "../fakes/python-tree.ts";
import { disagreementsOn } from "../fakes/reader-agreement.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const asRoot = process.geteuid?.() === 0;
const missing = missingPrograms("tar", "bsdtar", "python3", "zstd");
const title = missing.length > 0 ? ` (this machine has no ${missing.join()})` : "";

/** More by `npm run torture -- --foreign N`. */
const RANDOM_TREES = 3;

async function expectAgreement(point: { archive: Buffer; index: Buffer }, root: string): Promise<void> {
  const tree = treeByPython(root);
  expect(await disagreementsOn(point, { tree, work: temporaryDirectory() })).toEqual([]);
}

function makeTree(root: string): void {
  const deep = join(root, ...Array.from({ length: 14 }, (_, i) => `${i}-${"d".repeat(240)}`));
  fs.mkdirSync(deep, { recursive: true });
  fs.writeFileSync(join(deep, "leaf"), "deep");
  fs.linkSync(join(deep, "leaf"), join(root, "hard link to a long name"));
  fs.symlinkSync("x".repeat(1000), join(root, "long target"));
  for (const name of ["new\nline", "back\\slash", "\\012", "žluť", "a -> b", "a link to b", "-n"])
    fs.writeFileSync(join(root, name), name);
  const raw = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(bytes)]);
  fs.writeFileSync(raw(0x66, 0xff), "not UTF-8");
  fs.writeFileSync(
    raw(...Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 0x66 : 0xff))),
    "long and not UTF-8",
  );
  fs.symlinkSync(Buffer.alloc(200, 0xff), join(root, "to what is not UTF-8"));
  fs.writeFileSync(join(root, "sparse"), "");
  fs.truncateSync(join(root, "sparse"), 20 * 2 ** 20);
  execFileSync("mkfifo", [join(root, "fifo")]);
  for (const [name, time] of [
    ["žluť", "1969-12-31T23:59:50Z"],
    ["-n", "1960-01-01T00:00:00.25Z"],
    ["back\\slash", "2300-01-01T00:00:00.000000001Z"],
    ["long target", "2001-02-03T04:05:06.123456789Z"],
  ] as const)
    execFileSync("touch", ["-h", "-d", time, join(root, name)]);
}

describe.skipIf(missing.length > 0)(`foreign readers${title}`, () => {
  it("agree on a full point", async () => {
    const root = join(temporaryDirectory(), "root");
    makeTree(root);
    await expectAgreement(await captureVolume(root), root);
  });

  it("agree on the archive of an incremental point", async () => {
    const root = join(temporaryDirectory(), "root");
    makeTree(root);
    const chain = new PointChain(root, temporaryDirectory());
    await chain.capture();
    fs.writeFileSync(join(root, "žluť"), "changed");
    fs.renameSync(join(root, "new\nline"), join(root, "renamed"));
    fs.linkSync(join(root, "žluť"), join(root, "0 linked"));
    const { archive, index, summary } = await chain.capture();
    expect(summary.kind).toBe("incremental");
    await expectAgreement({ archive, index }, root);
  });

  it("agree on random trees", async () => {
    await fc.assert(
      fc.asyncProperty(oddTrees({ asRoot }), async (entries) => {
        const root = join(temporaryDirectory(), "root");
        makeOddTree(root, entries, { asRoot });
        await expectAgreement(await captureVolume(root), root);
      }),
      { numRuns: RANDOM_TREES, endOnFailure: true },
    );
  });
});
