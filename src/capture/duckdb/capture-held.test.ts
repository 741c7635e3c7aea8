import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import {
  CHECKPOINT,
  contentOf,
  digestOf,
  duckdbFile,
  DuckdbRig,
  FakeFreeze,
  FLUSH,
  INSERT,
  wal,
  walRecord,
  walVersion,
} from "../../../test/fakes/duckdb-files.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { captureDuckdb } from "./capture-duckdb.ts";
import { captureHeld, CheckpointWatch } from "./capture-held.ts";

const NEVER_STILL = wal(INSERT, CHECKPOINT);

it("holds the writers when five tries without have come to nothing", async () => {
  const rig = new DuckdbRig();
  const frozen = new FakeFreeze();
  rig.write(".wal", NEVER_STILL);
  frozen.onHold = () => rig.write(".wal", wal(FLUSH));

  const captured = await captureDuckdb(rig.order({ freeze: frozen.freeze }), rig.system());

  expect(captured.facts).toMatchObject({ mode: "frozen", tries: 6, heldMs: 10 });
  expect(contentOf(captured)).toEqual({ "": digestOf(duckdbFile()), ".wal": digestOf(wal(FLUSH)) });
  expect(rig.clock.slept).toEqual([100, 100, 100, 100]);
  expect(frozen.isHeld).toBe(false);
});

it("holds nobody when a try without succeeds", async () => {
  const rig = new DuckdbRig();
  const frozen = new FakeFreeze();
  rig.after("main copied", () => appendFileSync(rig.main, "more"), 4);
  for (const time of [1, 2, 3])
    rig.after("main copied", () => rmSync(`${rig.main}.wal`, { force: true }), time);
  for (const time of [1, 2, 3]) rig.after("opened", () => rig.write(".wal", wal(FLUSH)), time);

  const captured = await captureDuckdb(rig.order({ freeze: frozen.freeze }), rig.system());

  expect(captured.facts).toMatchObject({ mode: "optimistic", tries: 5 });
  expect(frozen.holds).toBe(0);
});

it("holds them at once when that is the rule", async () => {
  const rig = new DuckdbRig();
  const frozen = new FakeFreeze();
  const captured = await captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
  expect(captured.facts).toMatchObject({ mode: "frozen", tries: 1, heldMs: 10 });
  expect(rig.steps.has("opened")).toBe(false);
});

describe("writers that are caught in a checkpoint", () => {
  const CAUGHT: Record<string, [suffix: string, bytes: Buffer]> = {
    "whose record is in the log": [".wal", wal(INSERT, CHECKPOINT)],
    "with a log of its own": [".wal.checkpoint", wal(INSERT)],
    "that is recovered from": [".wal.recovery", wal(INSERT)],
  };

  it.each(Object.entries(CAUGHT))("%s, are let go at once and held again", async (_, [suffix, bytes]) => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    const left: string[][] = [];
    rig.write(suffix, bytes);
    frozen.onThaw = (hold) => {
      if (hold <= 3) left.push(rig.leftInScratch);
      if (hold !== 3) return;
      for (const gone of [".wal", ".wal.checkpoint", ".wal.recovery"])
        rmSync(rig.main + gone, { force: true });
    };
    const random = () => rig.clock.slept.length / 2;

    const captured = await captureDuckdb(
      rig.order({ rule: "freeze", freeze: frozen.freeze, random }),
      rig.system(),
    );

    expect(captured.facts).toMatchObject({ mode: "frozen", tries: 4, heldMs: 40 });
    expect(contentOf(captured)).toEqual({ "": digestOf(duckdbFile()) });
    expect(rig.steps.get("main copied")).toBe(1);
    expect(left).toEqual([[], [], []]);
    expect(rig.clock.slept).toEqual([50, 200, 350]);
  });

  it.each(Object.entries(CAUGHT))("%s, eight times, are not captured", async (_, [suffix, bytes]) => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    rig.write(suffix, bytes);
    frozen.onThaw = () => writeFileSync(rig.main, duckdbFile({ iteration: frozen.holds }));
    const captured = captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
    await expect(captured).rejects.toThrow(
      "each of the 8 times that its writers were held, they were in a checkpoint",
    );
    expect(frozen.holds).toBe(8);
    expect(rig.steps.has("main copied")).toBe(false);
    expect(rig.leftInScratch).toEqual([]);
  });

  it.each(Object.entries(CAUGHT))(
    "%s, and died in it, are captured as they left it",
    async (_, [suffix, bytes]) => {
      const rig = new DuckdbRig();
      const frozen = new FakeFreeze();
      rig.write(suffix, bytes);
      const captured = await captureDuckdb(
        rig.order({ rule: "freeze", freeze: frozen.freeze }),
        rig.system(),
      );
      expect(captured.facts.tries).toBe(8);
      expect(contentOf(captured)).toEqual(rig.live);
    },
  );
});

it("takes an encrypted log, and one that it does not know, as they are", async () => {
  const rig = new DuckdbRig();
  const frozen = new FakeFreeze();
  for (const version of [3, 9]) {
    rig.write(".wal", Buffer.concat([walVersion(version), walRecord(CHECKPOINT)]));
    const captured = await captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
    expect(captured.facts.tries).toBe(1);
    expect(contentOf(captured)).toEqual(rig.live);
    for (const { path } of captured.members) rmSync(path);
  }
});

describe("a database that is written to although its writers are held", () => {
  it.each<[string, (path: string) => void]>([
    ["in the main file", (path) => appendFileSync(path, "more")],
    ["in the log", (path) => appendFileSync(`${path}.wal`, walRecord(INSERT))],
    ["in another log", (path) => writeFileSync(`${path}.wal.checkpoint`, "")],
    ["by another in its place", (path) => renameSync(`${path}.wal`, path)],
    ["by its removal", (path) => rmSync(path)],
  ])("%s, is not captured", async (_, happens) => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    rig.after("main copied", () => happens(rig.main));
    const captured = captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
    await expect(captured).rejects.toThrow("something else writes to it, too");
    expect(rig.leftInScratch).toEqual([]);
    expect(frozen.isHeld).toBe(false);
  });
});

it("goes by lengths where a server sets the times when it gets what was written before", async () => {
  const rig = new DuckdbRig();
  const { freeze } = new FakeFreeze();
  rig.after("main copied", () => utimesSync(rig.main, 1, 1));
  rig.after("main copied", () => appendFileSync(rig.main, "more"), 2);
  const system = rig.system({ fileSystemOf: async () => 0x6969n });
  const captured = await captureDuckdb(rig.order({ freeze }), system);
  expect(captured.facts.mode).toBe("frozen");
  for (const { path } of captured.members) rmSync(path);
  await expect(captureDuckdb(rig.order({ freeze }), system)).rejects.toThrow("something else writes");
});

describe("the signal", () => {
  it("ends a long copy at once, and with it the hold", async () => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    appendFileSync(rig.main, Buffer.alloc(64 * 1024 ** 2, 1));
    rig.after("side files copied", () => setImmediate(() => rig.cancel.abort()));
    const captured = captureDuckdb(
      rig.order({ rule: "freeze", freeze: frozen.freeze }),
      rig.system({ clone: noClone }),
    );
    await expect(captured).rejects.toMatchObject({ code: "cancelled" });
    expect(rig.steps.has("main copied")).toBe(false);
    expect(frozen.isHeld).toBe(false);
    expect(rig.leftInScratch).toEqual([]);
  });

  it("of the freeze ends the work with its own reason", async () => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    const tooLong = new HoldfastError("timeout", { what: "Holding app", why: "it took too long" });
    rig.after("side files copied", () => frozen.timeLimit.abort(tooLong));
    const captured = captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
    await expect(captured).rejects.toBe(tooLong);
    expect(rig.leftInScratch).toEqual([]);
  });

  it("ends the waiting between holds", async () => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    rig.write(".wal", NEVER_STILL);
    frozen.onThaw = () => rig.cancel.abort();
    const captured = captureDuckdb(rig.order({ rule: "freeze", freeze: frozen.freeze }), rig.system());
    await expect(captured).rejects.toMatchObject({ code: "cancelled" });
    expect(frozen.holds).toBe(1);
  });
});

it("is the caller's to hold when several databases are captured in one hold", async () => {
  const rig = new DuckdbRig();
  rig.write(".wal", NEVER_STILL);
  const watch = new CheckpointWatch();
  expect(await captureHeld(rig.order(), watch, rig.system())).toBe("checkpointing");
  rig.write(".wal", wal(FLUSH));
  const captured = await captureHeld(rig.order(), watch, rig.system());
  expect(captured).toMatchObject({ facts: { mode: "frozen", tries: 1 } });
});

async function noClone(): Promise<void> {
  throw new Error("no clones here");
}
