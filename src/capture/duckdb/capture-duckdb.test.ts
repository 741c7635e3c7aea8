import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";

import { describe, expect, it } from "vitest";

import {
  contentOf,
  digestOf,
  duckdbFile,
  DuckdbRig,
  FakeFreeze,
  FLUSH,
  wal,
} from "../../../test/fakes/duckdb-files.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../test/fakes/tmpfs.ts";
import { captureDuckdb } from "./capture-duckdb.ts";

const MIB = 1024n ** 2n;

describe("when nobody can be held", () => {
  const because = "no container engine is reachable";

  it("says why, and what would help, after five tries", async () => {
    const rig = new DuckdbRig();
    rig.write(".wal.checkpoint", wal());
    const captured = captureDuckdb(rig.order({ cannotFreezeBecause: because }), rig.system());
    await expect(captured).rejects.toMatchObject({
      code: "source",
      transient: true,
      message: `Capturing the DuckDB database ${rig.main} failed: it was never still for long enough in 5 tries (at last: a checkpoint was running), and its writers cannot be held, because no container engine is reachable; give Holdfast the container engine's socket, so that it can pause the services that use the database, or name them under quiesce, or run CHECKPOINT in its program by a hook just before the backup.`,
    });
  });

  it("does nothing where holding is the rule", async () => {
    const rig = new DuckdbRig();
    const captured = captureDuckdb(rig.order({ rule: "freeze", cannotFreezeBecause: because }), rig.system());
    await expect(captured).rejects.toMatchObject({ code: "unsupported" });
    await expect(captured).rejects.toThrow("because no container engine is reachable; give Holdfast");
    expect(rig.steps.size).toBe(0);
  });

  it.each([0x6969n, 0xff534d42n, 0xfe534d42n, 0x65735546n, 0x01021997n, 0n])(
    "does nothing on a file system that is not the kernel's own (%d)",
    async (fileSystem) => {
      const rig = new DuckdbRig();
      const system = rig.system({ fileSystemOf: async () => fileSystem });
      await expect(captureDuckdb(rig.order(), system)).rejects.toMatchObject({ code: "unsupported" });
      await expect(captureDuckdb(rig.order(), system)).rejects.toThrow("it is not on a local file system");
    },
  );
});

it("only holds on a file system that is not the kernel's own", async () => {
  const rig = new DuckdbRig();
  const { freeze } = new FakeFreeze();
  const system = rig.system({ fileSystemOf: async () => 0x6969n });
  const { facts } = await captureDuckdb(rig.order({ freeze }), system);
  expect(facts).toMatchObject({ mode: "frozen", tries: 1 });
});

describe("what is there instead of a database", () => {
  it.each<[string, (path: string) => void, string]>([
    ["nothing", (path) => rmSync(path), "not-found"],
    ["an empty file", (path) => truncateSync(path), "source"],
    ["the beginning of one", (path) => truncateSync(path, 4096), "source"],
    ["a text", (path) => writeFileSync(path, "a text. ".repeat(5000)), "source"],
    ["a link to one", linkTo, "source"],
    ["a directory", (path) => (rmSync(path), mkdirSync(path)), "source"],
    ["a FIFO", (path) => (rmSync(path), execFileSync("mkfifo", [path])), "source"],
  ])("%s, is told", async (_, make, code) => {
    const { freeze } = new FakeFreeze();
    for (const how of [{ freeze }, { freeze: undefined }, { rule: "freeze", freeze }] as const) {
      const rig = new DuckdbRig();
      make(rig.main);
      const captured = captureDuckdb(rig.order(how), rig.system());
      await expect(captured).rejects.toMatchObject({ code });
      await expect(captured).rejects.not.toThrow("still");
      expect(rig.leftInScratch).toEqual([]);
    }
  });

  it("and grows into one meanwhile, is captured", async () => {
    const rig = new DuckdbRig();
    truncateSync(rig.main);
    rig.after("opened", () => writeFileSync(rig.main, duckdbFile().subarray(0, 5000)), 2);
    rig.after("opened", () => writeFileSync(rig.main, duckdbFile()), 3);
    const captured = await captureDuckdb(rig.order(), rig.system());
    expect(captured.facts.tries).toBe(4);
    expect(contentOf(captured)).toEqual(rig.live);
  });

  it("is nobody's reason to be held when it was removed meanwhile", async () => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    rig.after("main copied", () => rmSync(rig.main));
    const captured = captureDuckdb(rig.order({ freeze: frozen.freeze }), rig.system());
    await expect(captured).rejects.toMatchObject({ code: "not-found" });
    expect(frozen.holds).toBe(0);
  });
});

describe("room for the copies", () => {
  const device = (path: string) => statSync(path, { bigint: true }).dev;

  it("is looked for before anybody is held, and one sentence says what is lacking", async () => {
    const rig = new DuckdbRig();
    const frozen = new FakeFreeze();
    appendFileSync(rig.main, Buffer.alloc(3 * 1024 ** 2, 1));
    const room = async () => ({ free: 2n * MIB, dev: 0n });
    const captured = captureDuckdb(
      rig.order({ rule: "freeze", freeze: frozen.freeze }),
      rig.system({ clone: noClone, room }),
    );
    await expect(captured).rejects.toMatchObject({
      code: "no-space",
      message: `Capturing the DuckDB database ${rig.main} failed: its copy takes 3.7 MB, and the scratch directory ${rig.scratch} has 2.1 MB free; free space there, or use a scratch directory on the database's own file system if that can clone files, as btrfs and xfs can.`,
    });
    expect(frozen.holds).toBe(0);
    expect(rig.leftInScratch).toEqual([]);
  });

  it("is left to others on the database's own file system", async () => {
    const rig = new DuckdbRig();
    const free = BigInt(statSync(rig.main).size) + MIB / 4n;
    const onOwn = rig.system({ clone: noClone, room: async () => ({ free, dev: device(rig.main) }) });
    await expect(captureDuckdb(rig.order(), onOwn)).rejects.toMatchObject({ code: "no-space" });
    const elsewhere = rig.system({ clone: noClone, room: async () => ({ free, dev: 0n }) });
    expect((await captureDuckdb(rig.order(), elsewhere)).facts.cloned).toBe(false);
  });

  it("is not needed where the file system shares the bytes", async () => {
    const rig = new DuckdbRig();
    const system = rig.system({
      clone: async (from, to) => copyFileSync(from, to),
      room: async () => ({ free: 0n, dev: 0n }),
    });
    const captured = await captureDuckdb(rig.order(), system);
    expect(captured.facts.cloned).toBe(true);
    expect(contentOf(captured)).toEqual(rig.live);
  });

  it.skipIf(!canMount())(`that others take meanwhile, is told as well (${MOUNTS_NEEDED})`, async () => {
    const rig = new DuckdbRig();
    mountTmpfs(rig.scratch, "1m");
    appendFileSync(rig.main, Buffer.alloc(3 * 1024 ** 2, 1));
    const system = rig.system({ room: async () => ({ free: 100n * MIB, dev: 0n }) });
    await expect(captureDuckdb(rig.order(), system)).rejects.toMatchObject({ code: "no-space" });
    expect(readdirSync(rig.scratch)).toEqual([]);
  });
});

it("lets nobody else read what it copied", async () => {
  const rig = new DuckdbRig();
  for (const clone of [noClone, async (from: string, to: string) => copyFileSync(from, to)]) {
    const { members } = await captureDuckdb(rig.order(), rig.system({ clone }));
    expect(members.map(({ path }) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    for (const { path } of members) rmSync(path);
  }
});

it("passes on what the freeze fails with", async () => {
  const rig = new DuckdbRig();
  rig.write(".wal", wal(FLUSH, 99));
  const failure = new Error("the engine is gone");
  const freeze = async () => Promise.reject(failure);
  await expect(captureDuckdb(rig.order({ freeze }), rig.system())).rejects.toMatchObject({ cause: failure });
});

it("says what cannot be read", async () => {
  const rig = new DuckdbRig();
  rmSync(rig.scratch, { recursive: true });
  await expect(captureDuckdb(rig.order(), rig.system())).rejects.toMatchObject({ code: "source" });
  expect(digestOf(duckdbFile())).toBe(rig.live[""]);
});

function linkTo(path: string): void {
  copyFileSync(path, `${path}.real`);
  rmSync(path);
  symlinkSync(`${path}.real`, path);
}

async function noClone(): Promise<void> {
  throw new Error("no clones here");
}
