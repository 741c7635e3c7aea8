import fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { captureVolume, readersOf, restoreHere } from "../../../../test/fakes/captured-volume.ts";
import { databaseFile, databaseParts } from "../../../../test/fakes/database-drivers.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { readIndex } from "../../../archive/read-index.ts";
import type { CaptureRequest } from "../../../ports/source.ts";
import { DEFAULT_RULE } from "./database-rule.ts";

function volume(files: Record<string, string | Buffer>): string {
  const root = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(join(root, name, ".."), { recursive: true });
    fs.writeFileSync(join(root, name), content);
  }
  return root;
}

async function capture(
  root: string,
  parts: ReturnType<typeof databaseParts>,
  request: Partial<CaptureRequest> = {},
) {
  const captured = await captureVolume(root, {}, { parts: { databases: parts }, ...request });
  const target = join(temporaryDirectory(), "restored");
  await restoreHere({ ...readersOf(captured), target, onExisting: "refuse" });
  const entries = await Array.fromAsync(readIndex(readersOf(captured).index));
  const read = (name: string): string => fs.readFileSync(join(target, name), "latin1").replaceAll("\0", "");
  return { ...captured, entries: entries.map(({ path }) => path), read, target };
}

const DUCK = databaseFile("duckdb", "a");

describe("databases in a volume", () => {
  it("come out of their captures, with the side files of that moment at their places and no others", async () => {
    const root = volume({
      a: "first",
      "x.duckdb": databaseFile("duckdb", "old"),
      "x.duckdb-notes": "mine",
      "x.duckdb.wal": "live",
      "y.duckdb": databaseFile("duckdb", "alone"),
      "z/app.db": databaseFile("sqlite", "lite"),
      "z/app.db-shm": "shared",
      "z/app.db-wal": "log",
    });
    const parts = databaseParts();
    parts.drivers.sqlite.before = ({ path }) => fs.rmSync(`${path.toString()}-wal`);
    parts.drivers.duckdb.before = ({ path }) => fs.writeFileSync(`${path.toString()}.wal`, "as captured");
    const { entries, read, summary } = await capture(root, parts);
    expect(entries).toEqual([
      ...[".", "a", "x.duckdb", "x.duckdb-notes", "x.duckdb.wal", "y.duckdb", "y.duckdb.wal"],
      ...["z", "z/app.db", "z/app.db-shm"],
    ]);
    expect(read("x.duckdb.wal")).toBe("as captured");
    expect(read("x.duckdb-notes")).toBe("mine");
    expect(summary.totals).toMatchObject({ files: 8, directories: 2 });
    expect(summary).toMatchObject({ warningCount: 0, capture: { databaseCount: 3 } });
    expect(fs.readdirSync(parts.scratch)).toEqual([]);
  });

  it("do not take directories with them that are called as their side files are", async () => {
    const root = volume({
      "app.db": databaseFile("sqlite", "lite"),
      "app.db-wal/mine": "kept",
      "app.db-shm": "not",
    });
    const parts = databaseParts();
    parts.drivers.sqlite.capture = async (order) => {
      const copy = join(order.scratch, "main");
      fs.copyFileSync(order.path, copy);
      const stats = fs.lstatSync(order.path, { bigint: true });
      return {
        members: [{ suffix: "", path: copy, stats }],
        facts: { mode: "optimistic", tries: 1, cloned: false },
      };
    };
    const { entries } = await capture(root, parts);
    expect(entries).toEqual([".", "app.db", "app.db-wal", "app.db-wal/mine"]);
  });

  it("are archived as they were captured, whatever becomes of the live file", async () => {
    const root = volume({ "x.duckdb": databaseFile("duckdb", "before") });
    fs.chmodSync(join(root, "x.duckdb"), 0o640);
    const parts = databaseParts();
    const mtimeMs = fs.statSync(join(root, "x.duckdb")).mtimeMs;
    parts.drivers.duckdb.check = async ({ path }) => {
      expect(path.startsWith(parts.scratch)).toBe(true);
      fs.writeFileSync(join(root, "x.duckdb"), "torn");
      return { state: "unverified", why: "it is of a newer version" };
    };
    const { read, target, summary } = await capture(root, parts);
    expect(read("x.duckdb")).toContain("before");
    expect(fs.statSync(join(target, "x.duckdb"))).toMatchObject({ mtimeMs });
    expect(fs.statSync(join(target, "x.duckdb")).mode & 0o777).toBe(0o640);
    expect(summary.capture["databases"]).toMatchObject([
      { path: "x.duckdb", kind: "duckdb", mode: "optimistic", verdict: { state: "unverified" } },
    ]);
  });

  it("are captured anew with their writers held when a capture is damaged, and fail the run when both are", async () => {
    const root = volume({ "x.duckdb": DUCK });
    const damaged = { state: "damaged", why: "block 3 has another checksum" } as const;
    const request = { freezerOf: async () => ({ freeze: async <T>(work: Work<T>) => held(work) }) };
    const once = databaseParts();
    once.drivers.duckdb.verdicts = [damaged];
    const { summary } = await capture(root, once, request);
    expect(once.drivers.duckdb.orders.map(({ rule }) => rule)).toEqual(["optimistic", "freeze"]);
    expect(summary.capture["databases"]).toMatchObject([{ mode: "frozen", heldMs: 7 }]);
    const twice = databaseParts();
    twice.drivers.duckdb.verdicts = [damaged, damaged];
    await expect(capture(root, twice, request)).rejects.toThrow(/the live file itself looks damaged/);
    expect(fs.existsSync(twice.scratch) ? fs.readdirSync(twice.scratch) : []).toEqual([]);
  });

  it("are files like any other for who wants the volume as it is, damaged or not", async () => {
    const root = volume({ "x.duckdb": DUCK, "x.duckdb.wal": "log" });
    const parts = databaseParts();
    parts.drivers.duckdb.capture = async () => Promise.reject(new Error("it is damaged"));
    const { entries } = await capture(root, parts, { asItIs: true });
    expect(entries).toEqual([".", "x.duckdb", "x.duckdb.wal"]);
  });

  it("fail the run with the driver's reason, and are only missing when they were removed meanwhile", async () => {
    const root = volume({ "x.duckdb": DUCK, y: "other" });
    const failing = databaseParts();
    failing.drivers.duckdb.capture = async () => Promise.reject(new Error("never at rest"));
    await expect(capture(root, failing)).rejects.toThrow(/never at rest/);
    failing.drivers.duckdb.capture = async () => {
      fs.rmSync(join(root, "x.duckdb"));
      throw new Error("no such file");
    };
    const { entries, summary } = await capture(root, failing);
    expect(entries).toEqual([".", "y"]);
    expect(summary.warnings).toMatchObject([{ path: "x.duckdb", problem: "vanished" }]);
  });

  it("leave nobody held, and nothing in scratch, once a capture that was cancelled has ended", async () => {
    const root = volume({ "x.duckdb": DUCK });
    const parts = databaseParts({ ruleOf: () => ({ ...DEFAULT_RULE, capture: "freeze" }) });
    const cancel = new AbortController();
    const cancelled = Promise.withResolvers<void>();
    let isHeld = false;
    parts.drivers.duckdb.capture = async ({ freeze, signal }) => {
      await freeze?.(async () => {
        signal.addEventListener("abort", () => cancelled.resolve(), { once: true });
        cancel.abort();
        await cancelled.promise;
      });
      throw new Error("cancelled");
    };
    const freeze = async <T>(work: Work<T>): Promise<{ value: T; heldMs: number }> => {
      isHeld = true;
      const value = await work(cancel.signal);
      // To let services run again takes a moment, too.
      for (let turn = 0; turn < 20_000; turn += 1) await new Promise(setImmediate);
      isHeld = false;
      return { value, heldMs: 1 };
    };
    const request = { signal: cancel.signal, freezerOf: async () => ({ freeze }) };
    await expect(capture(root, parts, request)).rejects.toThrow();
    expect(isHeld).toBe(false);
    expect(fs.readdirSync(parts.scratch)).toEqual([]);
  });

  it("are told of one by one, also those that do not pass their checks, and counted by their states", async () => {
    const root = volume({ "x.duckdb": DUCK, "y.duckdb": DUCK });
    const parts = databaseParts({
      ruleOf: (path) => ({ ...DEFAULT_RULE, verify: path === "y.duckdb" ? "off" : "full" }),
    });
    parts.drivers.duckdb.verdicts = [{ state: "damaged", why: "torn" }];
    const told: unknown[] = [];
    const { summary } = await capture(root, parts, { onDatabase: (each) => void told.push(each) });
    expect(told).toEqual([
      { kind: "duckdb", mode: "optimistic", check: "damaged" },
      { kind: "duckdb", mode: "optimistic", check: "sound" },
      { kind: "duckdb", mode: "optimistic", check: undefined },
    ]);
    expect(summary.capture["databaseStates"]).toEqual({ duckdb: { sound: 1, unchecked: 1 } });
  });

  it("follow their rules: read like any file, left out, never held, always held", async () => {
    const files = ["plain", "rebuilt", "optimistic", "freeze"];
    const root = volume({});
    for (const name of files) {
      fs.writeFileSync(join(root, name), DUCK);
      fs.writeFileSync(join(root, `${name}.wal`), "log");
    }
    const parts = databaseParts({
      ruleOf: (path) => ({
        ...DEFAULT_RULE,
        ...(path === "plain"
          ? { capture: "none" }
          : path === "rebuilt"
            ? { rebuilt: true }
            : { capture: path as never }),
      }),
    });
    const because = { because: "there is no engine" };
    const held = capture(root, parts, { freezerOf: async () => because });
    await expect(held).rejects.toThrow(/nobody held: there is no engine/);
    fs.rmSync(join(root, "freeze"));
    const { entries } = await capture(root, parts, { freezerOf: async () => because });
    expect(entries).toEqual([".", "freeze.wal", "optimistic", "optimistic.wal", "plain", "plain.wal"]);
    expect(parts.drivers.duckdb.orders.at(-1)).toMatchObject({
      freeze: undefined,
      cannotFreezeBecause: expect.stringContaining("never to hold") as string,
    });
  });
});

type Work<T> = (signal: AbortSignal) => Promise<T>;

async function held<T>(work: Work<T>): Promise<{ value: T; heldMs: number }> {
  return { value: await work(new AbortController().signal), heldMs: 7 };
}

describe("services that a job holds", () => {
  it("are held only while all databases are captured, at one moment", async () => {
    const root = volume({ "a.duckdb": DUCK, "b.db": databaseFile("sqlite", "b"), c: "c" });
    const parts = databaseParts();
    let isHeld = false;
    const during: boolean[] = [];
    parts.drivers.duckdb.before = parts.drivers.sqlite.before = () => void during.push(isHeld);
    parts.drivers.duckdb.check = async () => {
      during.push(isHeld);
      return { state: "unverified", why: "" };
    };
    const hold = async <T>(work: Work<T>) => {
      isHeld = true;
      const value = await work(new AbortController().signal);
      isHeld = false;
      return { value, heldMs: 12 };
    };
    const { summary } = await capture(root, parts, { hold });
    expect(during).toEqual([true, true, false]);
    expect(summary.capture).toMatchObject({ heldMs: 12, databaseCount: 2 });
    expect(parts.drivers.duckdb.orders).toHaveLength(1);
  });

  it("go on for a moment when a database is caught in a checkpoint, and are not held for ever", async () => {
    const root = volume({ "a.duckdb": DUCK });
    const parts = databaseParts();
    parts.clock.sleep = async () => undefined;
    parts.drivers.duckdb.checkpoints = 3;
    const { summary } = await capture(root, parts, { hold: held });
    expect(summary.capture["heldMs"]).toBe(28);
    parts.drivers.duckdb.checkpoints = 100;
    await expect(capture(root, parts, { hold: held })).rejects.toThrow(/in a checkpoint/);
  });

  it("are held for everything where there is no database, or none that is captured", async () => {
    const root = volume({ "a.duckdb": DUCK, c: "c" });
    const parts = databaseParts({ ruleOf: () => ({ ...DEFAULT_RULE, capture: "none" }) });
    let isDone = false;
    const hold = async <T>(work: Work<T>) => {
      const result = await held(work);
      isDone = true;
      expect(result.value).toMatchObject({ totals: { files: 2 } });
      return result;
    };
    await capture(root, parts, { hold });
    expect(isDone).toBe(true);
  });

  it("are those that use the volume where all of it is wanted at one moment and the job names none", async () => {
    const root = volume({ "a.duckdb": DUCK });
    const parts = databaseParts({ together: true });
    const freezerOf = async () => ({ freeze: async <T>(work: Work<T>) => held(work) });
    expect((await capture(root, parts, { freezerOf })).summary.capture["heldMs"]).toBe(7);
    await expect(capture(root, parts)).rejects.toThrow(/nobody can be held for it/);
  });
});
