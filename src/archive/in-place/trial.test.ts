import { chmodSync, existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { inPlaceRig, KEPT_NAME, TITLE, type InPlaceRig } from "../../../test/fakes/in-place.ts";
import { errno, scriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { readFiles, writeFiles } from "../../../test/fakes/staging.ts";

const OLD = { both: "old", "sub/deep": "old", mine: "old" };
const NEW = { both: "new", "sub/deep": "new", more: "new" };

/** A restore whose new content is being tried out, and what the target was like before. */
async function onTrial(options: Parameters<InPlaceRig["open"]>[0] = {}, fresh: typeof NEW | object = NEW) {
  const rig = inPlaceRig(OLD);
  chmodSync(rig.target, 0o750);
  utimesSync(rig.target, 1e9, 1e9);
  const before = rig.tree();
  const staging = await rig.open({ onTrial: true, ...options }, fresh as typeof NEW);
  chmodSync(staging.directory, 0o711);
  await staging.sync();
  expect(await staging.swap()).toEqual([]);
  await staging.discard();
  return { rig, before, staging };
}

/** Without what is kept in it. */
function contentOf(rig: InPlaceRig): Map<string, string> {
  return new Map([...rig.tree()].filter(([path]) => !path.startsWith("./.holdfast-old-")));
}

/** What an app does with what it was given. */
function useIt(rig: InPlaceRig): void {
  writeFiles(rig.target, { both: "app", "sub/made": "app", made: "app" });
  rmSync(join(rig.target, "more"));
}

const BY_APP = { both: "app", "sub/deep": "new", "sub/made": "app", made: "app" };
const kept = (rig: InPlaceRig) => readFiles(join(rig.target, KEPT_NAME));

describe("a restore in place on trial", () => {
  it("is in its place, with its root's metadata, and keeps the old content until somebody says more", async () => {
    const { rig } = await onTrial();
    expect(readFiles(rig.target)).toMatchObject(NEW);
    expect(statSync(rig.target).mode & 0o777).toBe(0o711);
    expect(existsSync(join(rig.target, "mine"))).toBe(false);
    expect(rig.names()).toHaveLength(4);
  });

  it("that is accepted gives up the old content, and leaves alone what the app has done meanwhile", async () => {
    const { rig } = await onTrial();
    useIt(rig);
    chmodSync(rig.target, 0o700);
    expect(await rig.settle(undefined, "accept")).toEqual([]);
    expect(readFiles(rig.target)).toEqual(BY_APP);
    expect(statSync(rig.target).mode & 0o777).toBe(0o700);
    expect(await rig.settle()).toEqual([]);
  });

  it("that is accepted leaves the root the time that it was restored with, or that the app has given it", async () => {
    const { rig } = await onTrial();
    const restored = statSync(rig.target, { bigint: true }).mtimeNs;
    await rig.settle(undefined, "accept");
    expect(statSync(rig.target, { bigint: true }).mtimeNs).toBe(restored);
  });

  it("that is accepted keeps the old content where that was asked for, and says so before", async () => {
    const { rig, staging } = await onTrial({ keepOld: true });
    expect(staging.kept).toBe(join(rig.target, KEPT_NAME));
    await rig.settle(undefined, "accept");
    expect(kept(rig)).toEqual(OLD);
  });

  it("that is reverted is what was there before, to the byte and the second, and keeps what the app made of the new content", async () => {
    const { rig, before } = await onTrial();
    useIt(rig);
    const [sentence] = await rig.settle(undefined, "revert");
    expect(sentence).toContain(`holds what it held before ${TITLE}, and what was restored is kept in`);
    expect(contentOf(rig)).toEqual(before);
    expect(kept(rig)).toEqual(BY_APP);
  });

  it("that nobody ends keeps both, as a killed command may have been about to say either", async () => {
    const { rig } = await onTrial();
    useIt(rig);
    expect(await rig.settle()).toEqual([
      expect.stringMatching(/not known to work .* stays in .* is kept in/),
    ]);
    expect(kept(rig)).toEqual(OLD);
    rmSync(join(rig.target, KEPT_NAME), { recursive: true });
    expect(readFiles(rig.target)).toEqual(BY_APP);
  });

  it("of some paths reverts those, and leaves everything else as it has become", async () => {
    const { rig } = await onTrial(
      { paths: ["sub/deep", "new/file"] },
      { "sub/deep": "new", "new/file": "new" },
    );
    writeFiles(rig.target, { mine: "app", "sub/deep": "app", "new/file": "app" });
    await rig.settle(undefined, "revert");
    expect(kept(rig)).toEqual({ "sub/deep": "app", "new/file": "app" });
    rmSync(join(rig.target, KEPT_NAME), { recursive: true });
    expect(readFiles(rig.target)).toEqual({ both: "old", "sub/deep": "old", mine: "app" });
  });

  it("of some paths puts them back also where the app has removed the directory around them", async () => {
    const { rig } = await onTrial({ paths: ["sub/deep"] }, { "sub/deep": "new" });
    chmodSync(rig.target, 0o751);
    rmSync(join(rig.target, "sub"), { recursive: true });
    await rig.settle(undefined, "revert");
    expect(readFiles(rig.target)).toEqual(OLD);
    expect(statSync(join(rig.target, "sub")).mode & 0o777).toBe(0o751);
  });

  it("is none where there was nothing before to go back to", async () => {
    const rig = inPlaceRig({});
    const staging = await rig.open({ onTrial: true }, NEW);
    await staging.swap();
    expect(await rig.settle(undefined, "revert")).toEqual([]);
    expect(readFiles(rig.target)).toEqual(NEW);
    expect(readdirSync(rig.target)).toHaveLength(3);
  });
});

describe("the end of a trial that fails", () => {
  const failing = (fails: (count: number) => boolean) =>
    scriptedMoves({
      before: (_from, _to, count) => {
        if (fails(count)) throw errno("EIO");
      },
    });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    "at move %s of a revert goes on to the old content, whoever comes next",
    async (at) => {
      const { rig, before } = await onTrial();
      useIt(rig);
      await expect(
        rig.settle(
          failing((count) => count === at),
          "revert",
        ),
      ).rejects.toMatchObject({ code: "refused" });
      // It does not matter what that one wants: there is no new content any more that could be accepted.
      const trial = at % 2 === 0 ? "accept" : undefined;
      expect(await rig.settle(undefined, trial)).toEqual([expect.stringContaining("what it held before")]);
      expect(contentOf(rig)).toEqual(before);
      expect(kept(rig)).toEqual(BY_APP);
    },
  );

  it("is done also when it fails again and again", async () => {
    const { rig, before } = await onTrial();
    useIt(rig);
    for (const step of [3, 2, 1, 0, 1, 2]) {
      await rig
        .settle(
          failing((count) => count === step),
          "revert",
        )
        .catch(() => undefined);
    }
    await rig.settle(undefined, "revert");
    expect(contentOf(rig)).toEqual(before);
    expect(kept(rig)).toEqual(BY_APP);
  });

  it("gives the old content its name later, where that fails", async () => {
    const { rig } = await onTrial({ keepOld: true });
    await rig.settle(
      failing(() => true),
      "accept",
    );
    expect(await rig.settle()).toEqual([expect.stringContaining(KEPT_NAME)]);
    expect(kept(rig)).toEqual(OLD);
    expect(readFiles(rig.target)).toMatchObject(NEW);
  });
});
