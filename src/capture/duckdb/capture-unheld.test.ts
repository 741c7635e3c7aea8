import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";

import { describe, expect, it } from "vitest";

import {
  CHECKPOINT,
  contentOf,
  digestOf,
  duckdbFile,
  DuckdbRig,
  FLUSH,
  INSERT,
  wal,
  walRecord,
  walVersion,
} from "../../../test/fakes/duckdb-files.ts";
import { captureDuckdb } from "./capture-duckdb.ts";

it("copies what is there, and tells how", async () => {
  const rig = new DuckdbRig();
  const before = statSync(rig.main, { bigint: true });

  const captured = await captureDuckdb(rig.order(), rig.system());

  expect(captured.facts).toMatchObject({ mode: "optimistic", tries: 1 });
  expect(contentOf(captured)).toEqual({ "": digestOf(duckdbFile()), ".wal": digestOf(wal(INSERT, FLUSH)) });
  expect(captured.members[0]?.stats.ino).toBe(before.ino);
  expect(statSync(rig.main, { bigint: true })).toEqual(before);
  expect(rig.clock.slept).toEqual([]);
});

it("copies a database without a log, and one of any length and name", async () => {
  const rig = new DuckdbRig();
  const name = Buffer.concat([Buffer.from(rig.main), Buffer.from([0xff, 0x20, 0xc5])]);
  const content = Buffer.concat([duckdbFile({ blocks: 9 }), Buffer.from("tail")]);
  writeFileSync(name, content);

  const captured = await captureDuckdb(rig.order({ path: name }), rig.system());

  expect(contentOf(captured)).toEqual({ "": digestOf(content) });
});

it("keeps holes", async () => {
  const rig = new DuckdbRig();
  truncateSync(rig.main, 64 * 1024 ** 2);

  const captured = await captureDuckdb(rig.order(), rig.system());

  const { size, blocks } = statSync(captured.members[0]?.path ?? "");
  expect(size).toBe(64 * 1024 ** 2);
  expect(blocks * 512).toBeLessThan(4 * 1024 ** 2);
});

it("takes the log as it was when it grows meanwhile, whole or torn", async () => {
  const rig = new DuckdbRig();
  const torn = walRecord(CHECKPOINT).subarray(0, 15);
  rig.after("opened", () => rig.write(".wal", Buffer.concat([wal(INSERT), torn])));
  rig.after("side files copied", () => appendFileSync(`${rig.main}.wal`, walRecord(FLUSH)));

  const captured = await captureDuckdb(rig.order(), rig.system());

  expect(captured.facts.tries).toBe(1);
  expect(contentOf(captured)[".wal"]).toBe(digestOf(Buffer.concat([wal(INSERT), torn])));
});

it("takes no log that appears only meanwhile", async () => {
  const rig = new DuckdbRig();
  rmSync(`${rig.main}.wal`);
  rig.after("side files copied", () => rig.write(".wal", wal(INSERT, FLUSH)));

  const captured = await captureDuckdb(rig.order(), rig.system());

  expect(captured.facts.tries).toBe(1);
  expect(contentOf(captured)).toEqual({ "": digestOf(duckdbFile()) });
});

const CHANGES: Record<string, (path: string) => void> = {
  "the log is removed": (path) => rmSync(`${path}.wal`),
  "the log is replaced by its like": (path) => replace(`${path}.wal`),
  "the log is cut": (path) => truncateSync(`${path}.wal`, 20),
  "the log is begun anew, and as long again": (path) => writeFileSync(`${path}.wal`, wal(FLUSH, INSERT)),
  "a block is written": (path) => writeAt(path, 300_000, 8),
  "a block is written with what it held": (path) => writeAt(path, 300_000, 7),
  "a header is written": (path) => writeAt(path, 4096 + 8, 2),
  "the main file grows": (path) => appendFileSync(path, "more"),
  "the main file is cut": (path) => truncateSync(path, 300_000),
  "the main file is replaced by its like": (path) => replace(path),
  "the main file is written to and its time set back": (path) => {
    const { atime, mtime } = statSync(path);
    writeAt(path, 300_000, 8);
    utimesSync(path, atime, mtime);
  },
};

describe.each(["headers read", "side files copied", "main copied"] as const)("after %s", (step) => {
  it.each(Object.entries(CHANGES))("begins anew when %s", async (change, happens) => {
    const rig = new DuckdbRig();
    rig.after(step, () => happens(rig.main));

    const captured = await captureDuckdb(rig.order(), rig.system());

    // What happens to the log before it is copied does no harm.
    const isHarmless = step === "headers read" && change.startsWith("the log");
    expect(captured.facts.tries).toBe(isHarmless ? 1 : 2);
    expect(contentOf(captured)).toEqual(rig.live);
    expect(rig.leftInScratch).toEqual(captured.members.map(({ suffix }) => `database${suffix}`));
  });

  it.each([".wal.checkpoint", ".wal.recovery"])("begins anew when a %s appears", async (suffix) => {
    const rig = new DuckdbRig();
    rig.after(step, () => rig.write(suffix, wal(INSERT)));
    rig.after("opened", () => rmSync(rig.main + suffix), 2);

    const captured = await captureDuckdb(rig.order(), rig.system());

    expect(captured.facts.tries).toBe(2);
    expect(contentOf(captured)).toEqual(rig.live);
  });
});

it("ends a long copy early when it has become worthless", async () => {
  const rig = new DuckdbRig();
  const writes = [1, 2, 3, 4, 5];
  const long = 200 * 1024 ** 2;
  truncateSync(rig.main, long);
  for (const time of writes) rig.after("side files copied", () => writeAt(rig.main, 300_000, time), time);
  const noClone = async () => Promise.reject(new Error("no clones here"));
  await expect(captureDuckdb(rig.order(), rig.system({ clone: noClone }))).rejects.toThrow(
    "(at last: its main file was written to)",
  );
  expect(rig.steps.has("main copied")).toBe(false);
});

it("looks at the side files first, then at the headers, and at the main file last", async () => {
  const rig = new DuckdbRig();
  rig.after("side files looked at", () => writeAt(rig.main, 4096 + 8, 2), 1);
  rig.after("headers looked at", () => writeAt(rig.main, 300_000, 8), 1);
  rig.after("side files looked at", () => rmSync(`${rig.main}.wal`), 3);

  const captured = await captureDuckdb(rig.order(), rig.system());

  expect([...rig.steps]).toEqual([
    ["opened", 3],
    ["headers read", 3],
    ["side files copied", 3],
    ["main copied", 3],
    ["side files looked at", 3],
    ["headers looked at", 2],
  ]);
  expect(contentOf(captured)).toHaveProperty(".wal");
});

describe("a main file that was just written to", () => {
  it("is waited for until every further write shows in its times", async () => {
    const rig = new DuckdbRig();
    rig.clock.jumpTo(changedAt(rig.main) + 20);
    const captured = await captureDuckdb(rig.order(), rig.system());
    expect(captured.facts.tries).toBe(1);
    expect(rig.clock.slept).toEqual([30]);
  });

  it("is given up when that never comes", async () => {
    const rig = new DuckdbRig();
    const write = () => {
      writeAt(rig.main, 300_000, 8);
      rig.clock.jumpTo(changedAt(rig.main) + 1);
    };
    write();
    rig.clock.onSleep = write;
    await expect(captureDuckdb(rig.order(), rig.system())).rejects.toThrow(
      "was never still for long enough in 5 tries (at last: it was written to all the time)",
    );
    expect(rig.steps.size).toBe(0);
  });
});

describe("a checkpoint", () => {
  const STATES: Record<string, (rig: DuckdbRig) => void> = {
    "whose record is the log's last": (rig) => rig.write(".wal", wal(INSERT, FLUSH, CHECKPOINT)),
    "whose record is just being written": (rig) => {
      const torn = walRecord(CHECKPOINT).subarray(0, 20);
      rig.write(".wal", Buffer.concat([wal(INSERT, FLUSH), torn]));
    },
    "with a log of its own": (rig) => rig.write(".wal.checkpoint", wal(INSERT)),
    "that is recovered from": (rig) => rig.write(".wal.recovery", wal(INSERT)),
  };

  it.each(Object.entries(STATES))("%s is waited for", async (_, begin) => {
    const rig = new DuckdbRig();
    begin(rig);
    rig.after("headers read", () => end(rig), 3);
    const captured = await captureDuckdb(rig.order(), rig.system());
    expect(captured.facts.tries).toBe(3);
    expect(contentOf(captured)).toEqual({ "": digestOf(duckdbFile()), ".wal": digestOf(wal(INSERT)) });
    expect(rig.clock.slept).toEqual([100, 100]);
  });

  it.each(Object.entries(STATES))("%s is never taken", async (_, begin) => {
    const rig = new DuckdbRig();
    begin(rig);
    await expect(captureDuckdb(rig.order(), rig.system())).rejects.toThrow(
      "(at last: a checkpoint was running)",
    );
    expect(rig.steps.get("headers read")).toBe(5);
    expect(rig.steps.has("main copied")).toBe(false);
    expect(rig.leftInScratch).toEqual([]);
  });

  it("that a log tells in no form that is known, is never taken", async () => {
    const rig = new DuckdbRig();
    rig.write(".wal", Buffer.concat([walVersion(9), walRecord(FLUSH)]));
    await expect(captureDuckdb(rig.order(), rig.system())).rejects.toThrow("of a form that does not tell");
  });

  it("cannot be told from an encrypted log: the side files do", async () => {
    const rig = new DuckdbRig();
    rig.write(".wal", Buffer.concat([walVersion(3), Buffer.alloc(100, CHECKPOINT)]));
    expect((await captureDuckdb(rig.order(), rig.system())).facts.tries).toBe(1);
  });

  function end(rig: DuckdbRig): void {
    for (const suffix of [".wal.checkpoint", ".wal.recovery"]) rmSync(rig.main + suffix, { force: true });
    rig.write(".wal", wal(INSERT));
  }
});

/** The last time that anything of it changed, to the clock. */
function changedAt(path: string): number {
  return Number((statSync(path, { bigint: true }).ctimeNs + 999_999n) / 1_000_000n);
}

/** By a file with the same content, size and times. */
function replace(path: string): void {
  const { atime, mtime } = statSync(path);
  copyFileSync(path, `${path}.new`);
  utimesSync(`${path}.new`, atime, mtime);
  renameSync(`${path}.new`, path);
}

function writeAt(path: string, position: number, byte: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.from([byte]), 0, 1, position);
  closeSync(fd);
}
