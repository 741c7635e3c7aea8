/** Files that go with what comes, with nothing in their place: back with the old content, whatever happened, and away with the new. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { inPlaceRig, KEPT_NAME } from "../../../test/fakes/in-place.ts";
import { errno, scriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { readFiles, writeFiles } from "../../../test/fakes/staging.ts";

const OLD = { "in/a.duckdb": "old", "in/a.duckdb.wal": "old log", other: "old" };
const NEW = { "in/a.duckdb": "new" };
const CHOICE = { paths: ["in/a.duckdb"], leaving: ["in/a.duckdb.wal", "in/a.duckdb.wal.checkpoint"] };

it("are gone once the new content is there", async () => {
  const rig = inPlaceRig(OLD);
  await (await rig.open(CHOICE, NEW)).swap();
  expect(readFiles(rig.target)).toEqual({ ...NEW, other: "old" });
});

it("stay where a directory has such a name", async () => {
  const rig = inPlaceRig({ "in/a.duckdb": "old" });
  mkdirSync(join(rig.target, "in/a.duckdb.wal"));
  writeFiles(rig.target, { "in/a.duckdb.wal/mine": "mine" });
  await (await rig.open(CHOICE, NEW)).swap();
  expect(readFiles(rig.target)).toEqual({ ...NEW, "in/a.duckdb.wal/mine": "mine" });
});

it.each([0, 1, 2])("are back when move %i fails", async (failing) => {
  const rig = inPlaceRig(OLD);
  const before = rig.tree();
  const moves = scriptedMoves({
    before: (_from, _to, count) => {
      if (count === failing) throw errno("EIO");
    },
  });
  const staging = await rig.open({ ...CHOICE, moves }, NEW);
  await expect(staging.swap()).rejects.toThrow(/EIO/);
  await staging.discard();
  // Directories below the root have been written to.
  expect(readFiles(rig.target)).toEqual(OLD);
  expect([...rig.tree().keys()]).toEqual([...before.keys()]);
});

it("are never reached through a symlink", async () => {
  const rig = inPlaceRig({ "elsewhere/a.duckdb.wal": "theirs" });
  symlinkSync("elsewhere", join(rig.target, "in"));
  await expect(rig.open(CHOICE, NEW)).rejects.toThrow();
  expect(readFiles(join(rig.target, "elsewhere"))).toEqual({ "a.duckdb.wal": "theirs" });
});

it("of the new content go with it when its trial fails, and those of the old one are back", async () => {
  const rig = inPlaceRig(OLD);
  const staging = await rig.open({ ...CHOICE, onTrial: true }, NEW);
  await staging.swap();
  await staging.discard();
  writeFiles(rig.target, { "in/a.duckdb.wal": "new log", "in/a.duckdb.wal.checkpoint": "new" });
  await rig.settle(undefined, "revert");
  const { [`${KEPT_NAME}/in/a.duckdb.wal`]: log, ...rest } = readFiles(rig.target);
  expect(log).toBe("new log");
  expect(rest).toMatchObject(OLD);
  expect(rest).not.toHaveProperty("in/a.duckdb.wal.checkpoint");
});

it("that only the new content has go with it when its trial fails", async () => {
  const rig = inPlaceRig(OLD);
  rmSync(join(rig.target, "in/a.duckdb.wal"));
  const staging = await rig.open({ ...CHOICE, onTrial: true }, NEW);
  await staging.swap();
  await staging.discard();
  writeFileSync(join(rig.target, "in/a.duckdb.wal"), "new log");
  await rig.settle(undefined, "revert");
  expect(readFiles(join(rig.target, "in"))).toEqual({ "a.duckdb": "old" });
});
