import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { captureVolume, readersOf, type CapturedVolume } from "../../../test/fakes/captured-volume.ts";
import { databaseFile, databaseParts } from "../../../test/fakes/database-drivers.ts";
import { PointChain } from "../../../test/fakes/point-chain.ts";
import { recordOf } from "../../../test/fakes/points.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { readIndex } from "../../archive/read-index.ts";
import { DAY, toIso, type Instant } from "../../domain/instant.ts";
import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { recentOnly } from "../../domain/recent-only.ts";
import type { CaptureRequest } from "../../ports/source.ts";

const NOW = Date.parse("2026-11-20T03:00:00Z");
const LIMIT = { modifiedWithin: "30d" };

/** An entry of a path ending in a slash is an empty directory. */
function treeOf(entries: Record<string, Instant>): string {
  const root = temporaryDirectory();
  for (const [path, modifiedAt] of Object.entries(entries)) {
    const at = join(root, path);
    mkdirSync(path.endsWith("/") ? at : join(at, ".."), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(at, path);
    utimesSync(at, modifiedAt / 1000, modifiedAt / 1000);
  }
  return root;
}

async function pathsIn(captured: CapturedVolume): Promise<string[]> {
  return (await Array.fromAsync(readIndex(readersOf(captured).index))).map(({ path }) => path);
}

const capture = (root: string, of: Partial<Parameters<typeof captureVolume>[2]> = {}) =>
  captureVolume(root, LIMIT, { startedAt: NOW, ...of });

/** Directories get the time of what was made in them last. */
function old(root: string, ...directories: string[]): void {
  for (const path of directories) utimesSync(join(root, path), 1, 1);
}

describe("a volume of which only what is recent is wanted", () => {
  it("is packed with what was modified within that time of the run's start, to the moment", async () => {
    const root = treeOf({
      "runs/1/out": NOW - 31 * DAY,
      "runs/2/out": NOW - 30 * DAY,
      "runs/3/out": NOW - 30 * DAY - 1,
      "runs/4/future": NOW + DAY,
      "runs/5/": NOW - 1,
      "runs/6/": NOW - 31 * DAY,
    });
    symlinkSync("nowhere", join(root, "runs/1/link"));
    old(root, "runs/1", "runs/2", "runs/3", "runs/4", "runs");
    const captured = await capture(root);
    expect(await pathsIn(captured)).toEqual([
      ".",
      "runs",
      "runs/1",
      "runs/1/link",
      "runs/2",
      "runs/2/out",
      "runs/4",
      "runs/4/future",
      "runs/5",
    ]);
    expect(captured.summary).toMatchObject({ incomplete: false, warningCount: 0 });
    const record = recordOf(toIso(NOW), { capture: captured.summary.capture });
    expect(recentOnly(record)).toEqual({ within: 30 * DAY, since: NOW - 30 * DAY, older: 2 });
  });

  it("is taken as it is by who wants to know what has happened to it", async () => {
    const root = treeOf({ "old/file": NOW - 99 * DAY });
    const captured = await capture(root, { asItIs: true });
    expect(await pathsIn(captured)).toContain("old/file");
    expect(captured.summary.capture).not.toHaveProperty("modifiedWithinMs");
  });

  it("gives an empty point, and no failed run, when all that is there is old", async () => {
    const previous = recordOf(toIso(NOW - DAY));
    const root = treeOf({ "old/file": NOW - 31 * DAY });
    expect((await capture(root, { previous })).summary.totals.files).toBe(0);
    rmSync(join(root, "old"), { recursive: true });
    await expect(capture(root, { previous })).rejects.toThrow("is empty where it was not");
  });

  it("warns of what came since the last point with an old time, and of a window shorter than that", async () => {
    // Whatever is written now has come after the last point.
    const previous = recordOf(toIso(NOW - 60 * DAY));
    const root = treeOf({ "a/moved-in": NOW - 90 * DAY, "b/moved-in": NOW - 40 * DAY, new: NOW });
    const { summary } = await capture(root, { previous });
    expect(summary.warnings).toEqual([
      {
        path: "a/moved-in",
        problem: "skipped",
        message: expect.stringMatching(
          /^a\/moved-in and 1 more: came or changed since the last point \(2026-09-21T03:00:00(\.000)?Z\) and yet in none, for last modified before 2026-10-21T03:00:00(\.000)?Z, where `modifiedWithin: 30d` begins$/,
        ) as string,
      },
    ]);
    const later = recordOf(toIso(Date.parse("2100-01-01T00:00:00Z")));
    expect((await capture(root, { previous: later })).summary.warningCount).toBe(0);
  });
});

describe("databases of a volume of which only what is recent is wanted", () => {
  const tree = () => {
    const root = temporaryDirectory();
    const write = (name: string, content: Buffer, modifiedAt: Instant): void => {
      writeFileSync(join(root, name), content);
      utimesSync(join(root, name), modifiedAt / 1000, modifiedAt / 1000);
    };
    for (const kind of ["duckdb", "sqlite"] as const) {
      const [log = ""] = SIDE_FILES[kind];
      write(`busy.${kind}`, databaseFile(kind, "main"), NOW - 90 * DAY);
      write(`busy.${kind}${log}`, Buffer.from("log"), NOW - DAY);
      write(`idle.${kind}`, databaseFile(kind, "idle"), NOW - 90 * DAY);
      write(`idle.${kind}${log}`, Buffer.from("log"), NOW - 80 * DAY);
    }
    return root;
  };
  const BUSY = [".", "busy.duckdb", "busy.duckdb.wal", "busy.sqlite", "busy.sqlite-wal"];

  it("are as young as the youngest of their files, and left out whole otherwise", async () => {
    const databases = databaseParts();
    const captured = await capture(tree(), { parts: { databases } });
    expect(await pathsIn(captured)).toEqual(BUSY);
    expect(captured.summary.capture).toMatchObject({ older: 4 });
  });

  it("are neither captured nor told of when all of one moment are wanted", async () => {
    const databases = databaseParts({ together: true });
    const hold: CaptureRequest["hold"] = async (work) => ({
      value: await work(new AbortController().signal),
      heldMs: 5,
    });
    const captured = await capture(tree(), { parts: { databases }, hold });
    expect(await pathsIn(captured)).toEqual(BUSY);
    expect(JSON.stringify(captured.summary.capture)).not.toContain("idle");
  });
});

it("loses nothing of a chain when a file leaves the window: earlier points hold it, later ones what they list", async () => {
  const root = treeOf({ stays: 0, leaves: 0 });
  const chain = new PointChain(root, temporaryDirectory());
  const touch = (name: string, modifiedAt: Instant): void =>
    utimesSync(join(root, name), modifiedAt / 1000, modifiedAt / 1000);
  touch("stays", Date.now());
  touch("leaves", Date.now() - 29 * DAY);
  const first = await chain.capture({ modifiedWithin: "30d" });
  touch("leaves", Date.now() - 31 * DAY);
  const second = await chain.capture({ modifiedWithin: "30d" });
  expect(second.summary).toMatchObject({ kind: "incremental", needs: [first.id] });
  expect([...(await chain.entries(second)).keys()]).toEqual([".", "stays"]);
  const [early, late] = [join(temporaryDirectory(), "early"), join(temporaryDirectory(), "late")];
  await chain.restore(first, early);
  await chain.restore(second, late);
  expect(readdirSync(early)).toEqual(["leaves", "stays"]);
  expect(readdirSync(late)).toEqual(["stays"]);
  const all = await chain.capture();
  expect([...(await chain.entries(all)).keys()]).toEqual([".", "leaves", "stays"]);
});
