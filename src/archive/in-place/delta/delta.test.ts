import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  captureVolume,
  describeTree,
  readersOf,
  restoreHere,
} from "../../../../test/fakes/captured-volume.ts";
import { KEPT_NAME } from "../../../../test/fakes/in-place.ts";
import { errno, scriptedMoves } from "../../../../test/fakes/restore-moves.ts";
import { writeFiles } from "../../../../test/fakes/staging.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../../test/fakes/tmpfs.ts";
import { readXattrs, replaceXattrs } from "../../xattrs/replace-xattrs.ts";
import { readIndex } from "../../read-index.ts";
import type { RestoreTreeOptions } from "../../restore-tree.ts";
import { assertUntouched } from "./assert-untouched.ts";

const FILES = { "a/one": "one", "a/two": "two", "b/large": "x".repeat(3_000_000) };

async function stage(files: Record<string, string> = FILES) {
  const work = temporaryDirectory();
  const root = join(work, "root");
  mkdirSync(root);
  writeFiles(root, files);
  const readers = readersOf(await captureVolume(root));
  const restore = (options: Partial<RestoreTreeOptions> = {}, sourceBytes = 0) =>
    restoreHere({
      ...{ ...readers, target: root, onExisting: "replace" },
      inPlace: { title: "it", keepOld: false, keptName: KEPT_NAME, sourceBytes, delta: true, onTrial: false },
      ...options,
    });
  return { work, root, readers, restore };
}

describe("a delta restore", () => {
  it("does not open the archive when all of it is there, and leaves every file its inode", async () => {
    const { root, readers, restore } = await stage();
    const { ino } = lstatSync(join(root, "b/large"));
    const before = describeTree(root);
    expect((await restore()).reused).toEqual({ files: 3, bytes: 3_000_006, copied: 0 });
    expect(readers.archive().rangesRead).toEqual([]);
    expect(describeTree(root)).toEqual(before);
    expect(lstatSync(join(root, "b/large")).ino).toBe(ino);
  });

  it.each([0, 1, 2, 3])("that fails at move %s leaves the old tree exactly as it was", async (at) => {
    const { root, restore } = await stage();
    writeFileSync(join(root, "a/one"), "ONE");
    chmodSync(join(root, "a/two"), 0o600);
    const before = describeTree(root);
    const moves = scriptedMoves({
      before: (_from, _to, count) => {
        if (count === at) throw errno("EIO");
      },
    });
    await expect(restore({ moves })).rejects.toThrow(/EIO/);
    expect(describeTree(root)).toEqual(before);
    expect(readdirSync(root).sort()).toEqual(["a", "b"]);
  });

  it("that is cancelled while it compares leaves the old tree exactly as it was", async () => {
    const { root, restore } = await stage();
    const before = describeTree(root);
    const cancel = new AbortController();
    const onProgress = (): void => cancel.abort();
    await expect(restore({ signal: cancel.signal, onProgress })).rejects.toMatchObject({ code: "cancelled" });
    expect(describeTree(root)).toEqual(before);
  });

  it("writes a file whose content differs under equal size and time", async () => {
    const { root, restore } = await stage();
    const good = describeTree(root);
    const { atime, mtime } = lstatSync(join(root, "a/one"));
    writeFileSync(join(root, "a/one"), "ONE");
    utimesSync(join(root, "a/one"), atime, mtime);
    expect((await restore()).reused).toMatchObject({ files: 2 });
    expect(describeTree(root).get("./a/one")).toBe(good.get("./a/one"));
  });

  it("copies a file whose attributes are not the point's, and leaves the old one its own", async () => {
    const { root, restore } = await stage();
    const good = describeTree(root);
    replaceXattrs(join(root, "a/one"), new Map([["user.mine", Buffer.from("1")]]));
    expect((await restore()).reused).toMatchObject({ files: 3, copied: 1 });
    expect(describeTree(root)).toEqual(good);
    expect(readXattrs(join(root, "a/one"))).toEqual(new Map());
  });

  it("keeps hardlinks hardlinks", async () => {
    const { work, root } = await stage();
    linkSync(join(root, "a/one"), join(root, "b/same"));
    const readers = readersOf(await captureVolume(root));
    const before = describeTree(root);
    renameSync(join(root, "b/same"), join(work, "away"));
    const inPlace = {
      title: "it",
      keepOld: false,
      keptName: KEPT_NAME,
      sourceBytes: 0,
      delta: true,
      onTrial: false,
    };
    await restoreHere({ ...readers, target: root, onExisting: "replace", inPlace });
    expect(describeTree(root)).toEqual(before);
    expect(lstatSync(join(work, "away")).nlink).toBe(1);
  });

  it("is refused when somebody wrote to a file that was taken over", async () => {
    const { work, root, readers } = await stage();
    const fresh = mkdtempSync(join(work, "fresh-"));
    mkdirSync(join(fresh, "a"));
    linkSync(join(root, "a/one"), join(fresh, "a/one"));
    await assertUntouched(readIndex(readers.index), { target: root, fresh });
    writeFileSync(join(root, "a/one"), "ONE");
    await expect(assertUntouched(readIndex(readers.index), { target: root, fresh })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("somebody wrote to a/one meanwhile") as string,
    });
  });
});

describe.skipIf(!canMount())(`on a small disk (${MOUNTS_NEEDED})`, () => {
  it("a restore in place does not count holes, and refuses data that does not fit before it writes", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    mountTmpfs(root, "8m");
    writeFileSync(join(root, "holes"), "start");
    truncateSync(join(root, "holes"), 300 * 2 ** 20);
    const sparse = await captureVolume(root);
    const big = temporaryDirectory();
    writeFileSync(join(big, "data"), randomBytes(20 * 2 ** 20));
    const dense = await captureVolume(big);
    const before = describeTree(root);
    const restore = ({ archive, index, summary }: typeof sparse) =>
      restoreHere({
        ...{ ...readersOf({ archive, index }), target: root, onExisting: "replace" as const },
        inPlace: {
          ...{ title: "it", keepOld: false, keptName: KEPT_NAME, delta: false, onTrial: false },
          sourceBytes: summary.totals.sourceBytes,
        },
      });
    await expect(restore(dense)).rejects.toMatchObject({ code: "no-space" });
    expect(describeTree(root)).toEqual(before);
    await restore(sparse);
    expect(describeTree(root)).toEqual(before);
    expect(execFileSync("du", ["-k", join(root, "holes")], { encoding: "utf8" })).toMatch(/^\d{1,3}\s/);
  });
});
