import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { describe, expect, it } from "vitest";

import { errno, scriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { readFiles, stagingRig, writeFiles } from "../../../test/fakes/staging.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../test/fakes/tmpfs.ts";

/** The one path of a staging part that a text names. */
function pathIn(text: string | undefined, part: string): string {
  const found = new RegExp(`/\\S*\\.holdfast-restore-\\S*\\.${part}\\b`).exec(text ?? "")?.[0];
  if (found === undefined) throw new Error(`No .${part} is named in: ${text}`);
  return found;
}

function failingAt(move: number): (from: string, to: string, count: number) => void {
  return (_from, _to, count) => {
    if (count === move - 1) throw errno("EACCES");
  };
}

const OLD = { mine: "old", "sub/deep": "old" };
const NEW = { file: "new" };

describe("the swap of a directory that can be renamed", () => {
  it.each([true, false])("leaves the new tree and nothing else (in one step: %s)", async (canExchange) => {
    const rig = stagingRig(OLD);
    const staging = await rig.open({ moves: scriptedMoves({ canExchange }) });
    await staging.sync();
    expect(await staging.swap()).toEqual([]);
    expect(await staging.discard()).toBeUndefined();
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(rig.beside()).toEqual([]);
  });

  it("makes a target that does not exist, with the directories above it", async () => {
    const rig = stagingRig("missing");
    const staging = await rig.open({ onExisting: "refuse" });
    await staging.sync();
    expect(await staging.swap()).toEqual([]);
    expect(readFiles(rig.target)).toEqual(NEW);
  });

  it("keeps what somebody puts in the target's place between the two moves, and names it", async () => {
    const rig = stagingRig(OLD);
    let recreated = false;
    const before = (from: string, to: string): void => {
      if (recreated || !from.endsWith(".new") || to !== rig.target) return;
      recreated = true;
      writeFiles(rig.target, { log: "app" });
    };
    const staging = await rig.open({ moves: scriptedMoves({ canExchange: false, before }) });
    const [warning, ...others] = await staging.swap();
    expect(others).toEqual([]);
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(Object.values(readFiles(pathIn(warning, "meanwhile")))).toEqual(["app"]);
    await staging.discard();
    expect(rig.beside()).toEqual([basename(pathIn(warning, "meanwhile"))]);
  });

  it.each([true, false])("puts the target back when it fails (in one step: %s)", async (canExchange) => {
    const rig = stagingRig(OLD);
    const before = (from: string, to: string): void => {
      if (from.endsWith(".new") && (to === rig.target || canExchange)) throw errno("EACCES");
    };
    const staging = await rig.open({ moves: scriptedMoves({ canExchange, before }) });
    await expect(staging.swap()).rejects.toMatchObject({ code: "usage" });
    expect(await staging.discard()).toBeUndefined();
    expect(readFiles(rig.target)).toEqual(OLD);
    expect(rig.beside()).toEqual([]);
  });

  it("never removes the old tree when it cannot be put back, and names where it is", async () => {
    const rig = stagingRig(OLD);
    const before = (_from: string, to: string): void => {
      if (to === rig.target) throw errno("EIO");
    };
    const staging = await rig.open({ moves: scriptedMoves({ canExchange: false, before }) });
    const error: unknown = await staging.swap().catch((thrown: unknown) => thrown);
    await staging.discard();
    const old = pathIn(String(error), "old");
    expect(readFiles(old)).toEqual(OLD);
    expect(rig.beside()).toEqual([basename(old)]);
  });

  it("leaves alone what somebody made where there was nothing", async () => {
    const rig = stagingRig("missing");
    const staging = await rig.open({ onExisting: "refuse" });
    writeFiles(rig.target, { theirs: "theirs" });
    await expect(staging.swap()).rejects.toMatchObject({ code: "refused" });
    await staging.discard();
    expect(readFiles(rig.target)).toEqual({ theirs: "theirs" });
    expect(rig.beside()).toEqual([]);
  });

  it("keeps what somebody wrote to an empty target that was not to be replaced", async () => {
    const rig = stagingRig({});
    const staging = await rig.open({ onExisting: "refuse" });
    writeFiles(rig.target, { theirs: "theirs" });
    const [warning] = await staging.swap();
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(readFiles(pathIn(warning, "old"))).toEqual({ theirs: "theirs" });
  });
});

describe.skipIf(!canMount())(`a mount point (${MOUNTS_NEEDED})`, () => {
  function mounted(old = OLD): ReturnType<typeof stagingRig> {
    const rig = stagingRig({});
    mountTmpfs(rig.target);
    writeFiles(rig.target, old);
    return rig;
  }

  it("gets the new tree and holds nothing else", async () => {
    const rig = mounted();
    const staging = await rig.open();
    utimesSync(staging.directory, 1e9, 1e9);
    await staging.sync();
    expect(await staging.swap()).toEqual([]);
    expect(readdirSync(rig.target)).toEqual(["file"]);
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(statSync(rig.target).mtimeMs).toBe(1e12);
  });

  it("has its content and its time again when a restore fails", async () => {
    const rig = mounted();
    utimesSync(rig.target, 1e9, 1e9);
    const staging = await rig.open({ moves: scriptedMoves({ before: failingAt(3) }) });
    await expect(staging.swap()).rejects.toMatchObject({ code: "usage" });
    expect(await staging.discard()).toBeUndefined();
    expect(readFiles(rig.target)).toEqual(OLD);
    expect(readdirSync(rig.target).sort()).toEqual(["mine", "sub"]);
    expect(statSync(rig.target).mtimeMs).toBe(1e12);
  });

  it("holds all that it held when an application writes to it until no step can be undone", async () => {
    const rig = mounted();
    const before = (from: string, to: string): void => {
      // As the application would, each time that the swap or its undoing wants the place.
      if (to === join(rig.target, "sub")) writeFiles(to, { "of-the-app": basename(from) });
    };
    const staging = await rig.open({ moves: scriptedMoves({ before }) }, { "sub/deep": "new" });
    const error: unknown = await staging.swap().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "refused" });
    await staging.discard();
    expect(readFiles(rig.target)).toMatchObject({ mine: "old", "sub/of-the-app": "sub" });
    expect(readFiles(pathIn(String(error), "old"))).toEqual({ "sub/deep": "old" });
  });

  it("below the target refuses its replacement, naming it", async () => {
    const rig = stagingRig(OLD);
    mountTmpfs(join(rig.target, "sub"));
    await expect(rig.open()).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(join(rig.target, "sub")) as string,
    });
    expect(rig.beside()).toEqual([]);
  });

  it("that appears in the old tree keeps it from being removed, with a warning", async () => {
    const rig = stagingRig(OLD);
    const before = (from: string, to: string): void => {
      if (!to.endsWith(".done")) return;
      mountTmpfs(join(from, "sub"));
      writeFileSync(join(from, "sub/precious"), "mounted");
    };
    const staging = await rig.open({ moves: scriptedMoves({ before }) });
    const [warning] = await staging.swap();
    expect(readFiles(rig.target)).toEqual(NEW);
    const kept = pathIn(warning, "done");
    expect(readFiles(kept)).toEqual({ mine: "old", "sub/precious": "mounted" });
  });
});
