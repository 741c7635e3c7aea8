import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeStateContract } from "../../test/contract/state-contract.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import type { State } from "../ports/state.ts";
import { openMemoryState, openSqliteState, STATE_FILE } from "./sqlite-state.ts";

const WRITER = fileURLToPath(new URL("../../test/fakes/state-writer.ts", import.meta.url));

let root: string;
let directory: string;
let warnings: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-"));
  directory = join(root, "state");
  warnings = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (): State =>
  openSqliteState({ directory, clock: new FakeClock(), onWarning: (message) => warnings.push(message) });
const file = () => join(directory, STATE_FILE);
/** Opens, does something, closes. */
function during<T>(work: (state: State) => T): T {
  const state = open();
  try {
    return work(state);
  } finally {
    state.close();
  }
}
const addRun = (id: string) => during((state) => state.runs.add(runRecord({ id })));
const runIds = () => during((state) => state.runs.recent({ limit: 100_000 }).map((run) => run.id));

describeStateContract("a file", open);
describeStateContract("memory", openMemoryState);

describe("the state directory", () => {
  it("is made for its owner only, and so is the file", () => {
    addRun("1");
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it("keeps everything over a restart", () => {
    addRun("1");
    addRun("2");
    expect(runIds()).toEqual(["2", "1"]);
  });

  it("below /proc is refused, not tried for ever", () => {
    const directory = "/proc/holdfast/state";
    expect(() => openSqliteState({ directory, clock: new FakeClock(), onWarning: () => undefined })).toThrow(
      /--state/,
    );
  });

  it("that cannot be made is refused with what to do", () => {
    writeFileSync(directory, "a file stands here");
    expect(open).toThrow(/^Opening the state .* failed: .*EEXIST.*; make the state directory writable/);
  });

  it.skipIf(process.getuid?.() === 0)("that cannot be written is refused with what to do", () => {
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    expect(open).toThrow(/make the state directory writable/);
  });
});

describe("a file that is not whole", () => {
  const damaged = () => readdirSync(directory).filter((name) => name.includes(".damaged-"));

  it.each([
    ["text", () => writeFileSync(file(), "not a database ".repeat(1000))],
    ["a cut file", () => writeFileSync(file(), readFileSync(file()).subarray(0, 5000))],
    ["a file with overwritten pages", () => writeFileSync(file(), readFileSync(file()).fill(0x55, 4096))],
    [
      "a file with an overwritten header",
      () => writeFileSync(file(), readFileSync(file()).fill(0xff, 0, 100)),
    ],
  ])("%s is moved aside with a warning, and a new one begun", (_name, damage) => {
    for (let id = 0; id < 50; id++) addRun(String(id));
    damage();
    const content = readFileSync(file());
    addRun("after");
    expect(runIds()).toEqual(["after"]);
    expect(damaged()).toEqual(["state.sqlite.damaged-20261120T000000000Z"]);
    expect(readFileSync(join(directory, damaged()[0]!))).toEqual(content);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("backups are not");
  });

  it("an empty file is a new one", () => {
    mkdirSync(directory);
    writeFileSync(file(), "");
    addRun("1");
    expect([runIds(), warnings]).toEqual([["1"], []]);
  });

  it("a leftover log of an older file does no harm", () => {
    addRun("1");
    writeFileSync(`${file()}-wal`, "rubbish ".repeat(1000));
    expect([runIds(), warnings]).toEqual([["1"], []]);
  });
});

it("a schema of a newer version is refused and left untouched", () => {
  addRun("1");
  const raw = new DatabaseSync(file());
  raw.exec("PRAGMA user_version = 99");
  raw.close();
  const before = readFileSync(file());
  expect(open).toThrow(/a newer Holdfast wrote it \(schema 99, this one knows \d+\); run that version/);
  expect(readFileSync(file())).toEqual(before);
  expect(warnings).toEqual([]);
});

it("the audit trail keeps the last ten thousand entries", () => {
  const state = openMemoryState();
  const entry = {
    actor: "daemon",
    operation: "prune",
    job: "data",
    outcome: "succeeded",
    details: {},
  } as const;
  for (let at = 1; at <= 10_010; at++) state.audit.record({ ...entry, at });
  const kept = state.audit.recent(20_000).map(({ at }) => at);
  state.close();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([10_000, 10_010, 11]);
});

describe("several processes", () => {
  const write = (label: string, count: number) =>
    spawn(process.execPath, [WRITER, directory, label, String(count)], {
      stdio: ["ignore", "pipe", "inherit"],
    });

  it("can open and write one state at once, and nothing is lost", async () => {
    const writers = ["a", "b", "c"].map((label) => write(label, 40));
    const ended = writers.map(async (writer) => {
      writer.stdout.resume();
      return (await once(writer, "close")) as [number];
    });
    for (let id = 0; id < 40; id++) addRun(`own-${id}`);
    expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0, 0]);
    expect(new Set(runIds()).size).toBe(160);
    const queued = during((state) => ["a", "b", "c"].map((label) => state.alerts.queued(label).length));
    expect([queued, warnings]).toEqual([[40, 40, 40], []]);
  });

  it("see what the other one writes, also where they asked for it before", async () => {
    const [mine, other] = [open(), open()];
    const asked = () => [
      mine.runs.recent({ limit: 9 }).map(({ id }) => id),
      mine.runs.outcomes({ job: "data", operation: "backup", since: 0 }).succeeded,
      mine.runs.firstSeen("data", 5),
    ];
    expect(asked()).toEqual([[], 0, 5]);
    other.runs.add(runRecord({ id: "1" }));
    other.runs.firstSeen("data", 3);
    await Promise.resolve();
    expect(asked()).toEqual([["1"], 1, 3]);
    mine.runs.add(runRecord({ id: "2" }));
    expect(asked()).toEqual([["2", "1"], 2, 3]);
    other.runs.add(runRecord({ id: "1", outcome: "failed" }));
    await Promise.resolve();
    expect(asked()).toEqual([["2", "1"], 1, 3]);
    for (const state of [mine, other]) state.close();
  });

  it.each([1, 3, 10, 25, 60])(
    "killed after its write %d, one leaves all that had returned, whole",
    async (writes) => {
      const writer = write("k", 100_000);
      let acknowledged = 0;
      for await (const line of createInterface({ input: writer.stdout })) {
        acknowledged = Number(line);
        if (acknowledged === writes) writer.kill("SIGKILL");
      }
      const { queued, active } = during((state) => ({
        queued: state.alerts.queued("k"),
        active: state.alerts.active(),
      }));
      expect(acknowledged).toBeGreaterThanOrEqual(writes);
      expect(runIds().length).toBeGreaterThanOrEqual(acknowledged);
      expect(queued.length).toBeGreaterThanOrEqual(acknowledged);
      expect(active.map(({ id }) => id)).toEqual([queued.at(-1)?.message.id]);
      expect(queued.map(({ message }) => message.id)).toEqual(queued.map((_, index) => `k-${index + 1}`));
      expect(warnings).toEqual([]);
    },
  );
});
