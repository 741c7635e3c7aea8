import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { inPlaceRig, KEPT_NAME, TITLE } from "../../../test/fakes/in-place.ts";
import { errno, scriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { readFiles } from "../../../test/fakes/staging.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { stagingName } from "../restore/staging-name.ts";

const OLD = { both: "old", "sub/deep": "old", mine: "old" };
const NEW = { both: "new", "sub/deep": "new", more: "new" };
/** Three of the old content, then three of the new one. */
const MOVES = [0, 1, 2, 3, 4, 5];

function failing(fails: (count: number) => boolean): ReturnType<typeof scriptedMoves> {
  return scriptedMoves({
    before: (_from, _to, count) => {
      if (fails(count)) throw errno("EIO");
    },
  });
}

describe("a restore in place whose move fails", () => {
  it.each(MOVES)("at move %s leaves the tree as it was, to the byte and the second", async (at) => {
    const rig = inPlaceRig(OLD);
    const before = rig.tree();
    const staging = await rig.open({ moves: failing((count) => count === at) }, NEW);
    await staging.sync();
    await expect(staging.swap()).rejects.toThrow(/EIO/);
    expect(await staging.discard()).toBeUndefined();
    expect(rig.tree()).toEqual(before);
  });

  it.each(MOVES)("at move %s and cannot be undone is undone by whoever comes next", async (at) => {
    const rig = inPlaceRig(OLD);
    const before = rig.tree();
    const staging = await rig.open({ moves: failing((count) => count >= at) }, NEW);
    const error: unknown = await staging.swap().catch((thrown: unknown) => thrown);
    await staging.discard();
    if (at > 0) {
      expect(String(error)).toMatch(/what could not be put back .*\.swap\/old/);
      expect(await rig.settle()).toEqual([expect.stringContaining(`${TITLE} was killed while it replaced`)]);
    }
    expect(rig.tree()).toEqual(before);
    expect(await rig.settle()).toEqual([]);
  });

  it.each(MOVES)("is undone also when the undoing itself fails at step %s, again and again", async (step) => {
    const rig = inPlaceRig(OLD);
    const before = rig.tree();
    const staging = await rig.open({ moves: failing((count) => count >= 5) }, NEW);
    await expect(staging.swap()).rejects.toThrow();
    await staging.discard();
    for (const _ of [1, 2]) {
      const settled = rig.settle(failing((count) => count === step));
      await settled.catch((error: unknown) => {
        expect(error).toMatchObject({ code: "refused" });
      });
    }
    await rig.settle();
    expect(rig.tree()).toEqual(before);
  });

  it("when the old content is to get its name has succeeded, and the next one gives it that", async () => {
    const rig = inPlaceRig(OLD);
    const moves = failing((count) => count === MOVES.length);
    const staging = await rig.open({ keepOld: true, moves }, NEW);
    expect(await staging.swap()).toEqual([expect.stringContaining(".swap/old")]);
    expect(readFiles(rig.target)).toMatchObject(NEW);
    expect(await rig.settle()).toEqual([expect.stringContaining(KEPT_NAME)]);
    expect(rig.names()).toEqual([KEPT_NAME, "both", "more", "sub"]);
    expect(readFiles(join(rig.target, KEPT_NAME))).toEqual(OLD);
  });
});

describe("what is found of another restore in place", () => {
  function leave(rig: ReturnType<typeof inPlaceRig>): { owner: ProcessTable; area: string } {
    const owner = rig.machine.startProcess();
    rig.machine.kill(owner);
    const area = join(rig.target, `${stagingName(owner.self)}.swap`);
    mkdirSync(join(area, "new"), { recursive: true });
    writeFileSync(join(area, "new/file"), "half");
    return { owner, area };
  }

  it("that was killed before its first move is removed without a word", async () => {
    const rig = inPlaceRig(OLD);
    leave(rig);
    expect(await rig.settle()).toEqual([]);
    expect(rig.names()).toEqual(["both", "mine", "sub"]);
  });

  it("that is under way refuses everything else, and loses nothing", async () => {
    const rig = inPlaceRig(OLD);
    const staging = await rig.open({}, NEW);
    await expect(rig.settle()).rejects.toMatchObject({ code: "refused" });
    await expect(rig.open()).rejects.toMatchObject({ code: "refused" });
    await staging.swap();
    expect(readFiles(rig.target)).toEqual(NEW);
  });

  it.each([
    ["leads out of the target", { aside: [{ text: "../../precious" }] }],
    ["is absolute", { fresh: [{ text: "/precious" }] }],
    ["keeps it under another name", { keptName: "../precious" }],
    ["is of another version", { format: 3 }],
    ["is in a phase that its version has not", { phase: "on-trial" }],
  ])("with a journal that %s moves nothing", async (_, change) => {
    const rig = inPlaceRig(OLD);
    const { owner, area } = leave(rig);
    mkdirSync(join(area, "old"));
    writeFileSync(join(area, "old/both"), "planted");
    const journal = {
      ...{ format: 1, phase: "swapping", owner: owner.self, title: "x", keepOld: true, keptName: KEPT_NAME },
      ...{ aside: [{ text: "both" }], fresh: [], isWhole: false, mtime: { before: "0", after: "0" } },
    };
    writeFileSync(join(area, "journal.json"), JSON.stringify({ ...journal, ...change }));
    const before = rig.tree();
    await expect(rig.settle()).rejects.toMatchObject({ code: "refused" });
    expect(rig.tree()).toEqual(before);
    expect(readdirSync(join(rig.target, ".."))).toEqual(["target"]);
  });
});
