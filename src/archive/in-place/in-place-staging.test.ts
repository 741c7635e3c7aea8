import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { inPlaceRig, KEPT_NAME } from "../../../test/fakes/in-place.ts";
import { errno, scriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { readFiles, writeFiles } from "../../../test/fakes/staging.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../test/fakes/tmpfs.ts";

const OLD = { both: "old", "sub/deep": "old", mine: "old" };
const NEW = { both: "new", "sub/deep": "new", "more/file": "new" };

describe("a restore in place", () => {
  it("replaces all that the directory holds, but not the directory", async () => {
    const rig = inPlaceRig(OLD);
    const { ino } = statSync(rig.target);
    const staging = await rig.open({}, NEW);
    await staging.sync();
    expect(await staging.swap()).toEqual([]);
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(rig.names()).toEqual(["both", "more", "sub"]);
    expect(statSync(rig.target).ino).toBe(ino);
    expect(staging.kept).toBeUndefined();
  });

  it("gives the directory the mode and time of the restored root", async () => {
    const rig = inPlaceRig(OLD);
    const staging = await rig.open({}, NEW);
    chmodSync(staging.directory, 0o711);
    utimesSync(staging.directory, 1e9, 1e9);
    await staging.swap();
    expect(statSync(rig.target)).toMatchObject({ mtimeMs: 1e12 });
    expect(statSync(rig.target).mode & 0o777).toBe(0o711);
  });

  it("makes a directory that is lost, and none when it is given up", async () => {
    const rig = inPlaceRig();
    rmSync(rig.target, { recursive: true });
    await (await rig.open()).discard();
    expect(existsSync(rig.target)).toBe(false);
    await (await rig.open()).swap();
    expect(readFiles(rig.target)).toEqual({ file: "new" });
  });

  it("leaves nothing when it is given up before the swap", async () => {
    const rig = inPlaceRig(OLD);
    const before = rig.tree();
    const staging = await rig.open({}, NEW);
    expect(await staging.discard()).toBeUndefined();
    expect(rig.tree()).toEqual(before);
  });

  it("keeps the old content when it is told to, also from the next ones", async () => {
    const rig = inPlaceRig(OLD);
    const first = await rig.open({ keepOld: true }, NEW);
    await first.swap();
    expect(first.kept).toBe(join(rig.target, KEPT_NAME));
    expect(readFiles(join(rig.target, KEPT_NAME))).toEqual(OLD);
    await (await rig.open({}, { third: "3" })).swap();
    expect(rig.names()).toEqual([KEPT_NAME, "third"]);
    expect(readFiles(join(rig.target, KEPT_NAME))).toEqual(OLD);
  });

  it("keeps what somebody writes where it puts something", async () => {
    const rig = inPlaceRig(OLD);
    let wrote = false;
    const before = (_from: string, to: string): void => {
      if (wrote || to !== join(rig.target, "both")) return;
      wrote = true;
      writeFiles(rig.target, { both: "app" });
    };
    const staging = await rig.open({ moves: scriptedMoves({ before }) }, NEW);
    const [warning] = await staging.swap();
    expect(warning).toContain(`${KEPT_NAME}.meanwhile`);
    expect(Object.values(readFiles(join(rig.target, `${KEPT_NAME}.meanwhile`)))).toEqual(["app"]);
    expect(readFiles(rig.target)).toMatchObject(NEW);
  });
});

describe("a restore in place of some paths", () => {
  const TREE = { "a/one": "old", "a/two": "old", "b/deep/three": "old", top: "old" };

  it("replaces those and touches nothing else", async () => {
    const rig = inPlaceRig(TREE);
    const { ino } = statSync(join(rig.target, "a/two"));
    const fresh = { "a/one": "new", "b/deep/four": "new" };
    const staging = await rig.open({ paths: ["a/one", "./b/deep/"], keepOld: true }, fresh);
    expect(await staging.swap()).toEqual([]);
    expect(readFiles(join(rig.target, KEPT_NAME))).toEqual({ "a/one": "old", "b/deep/three": "old" });
    expect(readFiles(rig.target)).toMatchObject({ "a/two": "old", top: "old", ...fresh });
    expect(existsSync(join(rig.target, "b/deep/three"))).toBe(false);
    expect(statSync(join(rig.target, "a/two")).ino).toBe(ino);
  });

  it("makes the directories above them that are missing", async () => {
    const rig = inPlaceRig(TREE);
    const fresh = { "c/d/file": "new", "c/d/other": "new", "a/x/y": "new" };
    const staging = await rig.open({ paths: ["c/d/file", "c/d/other", "a/x/y"] }, fresh);
    await staging.swap();
    expect(readFiles(rig.target)).toEqual({ ...TREE, ...fresh });
  });

  it("refuses one below something that is no directory, a symlink above all", async () => {
    const rig = inPlaceRig(TREE);
    const elsewhere = temporaryDirectory();
    symlinkSync(elsewhere, join(rig.target, "link"));
    for (const path of ["link/file", "top/file"]) {
      await expect(rig.open({ paths: [path] })).rejects.toMatchObject({ code: "refused" });
    }
    expect(rig.names()).toEqual(["a", "b", "link", "top"]);
  });

  it("never follows a symlink that somebody puts there while it swaps", async () => {
    const elsewhere = temporaryDirectory();
    writeFiles(elsewhere, { one: "theirs" });
    const rig = inPlaceRig(TREE);
    let count = 0;
    const moves = scriptedMoves({
      before: () => {
        // After the old one went, before the new one comes.
        if (count++ !== 1) return;
        renameSync(join(rig.target, "a"), join(rig.target, "hidden"));
        symlinkSync(elsewhere, join(rig.target, "a"));
      },
    });
    const staging = await rig.open({ paths: ["a/one", "a/two"], moves }, { "a/one": "new", "a/two": "new" });
    await expect(staging.swap()).rejects.toThrow();
    expect(readFiles(elsewhere)).toEqual({ one: "theirs" });
    expect(readdirSync(elsewhere)).toEqual(["one"]);
  });

  it.each([0, 1, 2, 3])("leaves everything as it was when move %s fails", async (failing) => {
    const rig = inPlaceRig(TREE);
    const before = rig.tree();
    const moves = scriptedMoves({
      before: (_from, _to, count) => {
        if (count === failing) throw errno("EIO");
      },
    });
    const fresh = { "a/one": "new", "b/deep/four": "new" };
    const staging = await rig.open({ paths: ["a/one", "b/deep"], moves }, fresh);
    await expect(staging.swap()).rejects.toThrow();
    await staging.discard();
    expect(readFiles(rig.target)).toEqual(TREE);
    expect([...rig.tree().keys()].sort()).toEqual([...before.keys()].sort());
  });
});

describe.skipIf(!canMount())(`mounts (${MOUNTS_NEEDED})`, () => {
  it("below the directory are refused, unless only something else is restored", async () => {
    const rig = inPlaceRig({ "a/file": "old", "b/file": "old" });
    mountTmpfs(join(rig.target, "b/mounted"));
    await expect(rig.open()).rejects.toMatchObject({ code: "refused" });
    await expect(rig.open({ paths: ["b"] })).rejects.toMatchObject({ code: "refused" });
    await expect(rig.open({ paths: ["b/mounted/x"] })).rejects.toMatchObject({ code: "refused" });
    const staging = await rig.open({ paths: ["a"] }, { "a/file": "new" });
    expect(await staging.swap()).toEqual([]);
    expect(readFiles(rig.target)).toEqual({ "a/file": "new", "b/file": "old" });
  });

  it("are restored into, and a full disk changes nothing", async () => {
    const rig = inPlaceRig({});
    mkdirSync(join(rig.target, "m"));
    mountTmpfs(rig.target, "1m");
    writeFiles(rig.target, OLD);
    const before = rig.tree();
    const full = await rig.open();
    expect(() => writeFiles(full.directory, { big: "x".repeat(2 ** 21) })).toThrow(/ENOSPC/);
    expect(await full.discard()).toBeUndefined();
    expect(rig.tree()).toEqual(before);
    await (await rig.open({}, NEW)).swap();
    expect(readFiles(rig.target)).toEqual(NEW);
  });
});
