import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { databaseFile, databaseParts } from "../../../../test/fakes/database-drivers.ts";
import { MemorySink } from "../../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { createVolumeSource } from "../volume-source.ts";
import type { ExportOrder } from "./database-driver.ts";
import { DatabaseExports } from "./database-exports.ts";
import { DEFAULT_RULE } from "./database-rule.ts";

/** A volume with databases of these names. */
function volume(...names: string[]): string {
  const root = temporaryDirectory();
  fs.mkdirSync(join(root, "state"));
  for (const name of names) fs.writeFileSync(join(root, name), databaseFile("duckdb", "a"));
  return root;
}

async function capture(path: string, write: (order: ExportOrder) => Promise<string | undefined>) {
  const parts = databaseParts({ ruleOf: () => ({ ...DEFAULT_RULE, export: "parquet" }) });
  const drivers = { ...parts.drivers, duckdb: Object.assign(parts.drivers.duckdb, { export: write }) };
  const objects = new Map<string, MemorySink>();
  const openObject = (name: string): MemorySink => {
    const sink = new MemorySink();
    objects.set(name, sink);
    return sink;
  };
  const source = createVolumeSource({ kind: "volume", path }, { databases: { ...parts, drivers } });
  const { signal } = new AbortController();
  const summary = await source.capture({ previous: undefined, signal, openObject });
  expect(fs.readdirSync(parts.scratch)).toEqual([]);
  return { summary, objects, parts };
}

/** What GNU tar makes of an object. */
function unpacked(object: MemorySink | undefined): string {
  const out = temporaryDirectory();
  const input = object?.bytes();
  expect(spawnSync("tar", ["--extract", "--zstd", "-C", out], { input }).status).toBe(0);
  return out;
}

const written = async ({ to }: Pick<ExportOrder, "to">): Promise<undefined> => {
  fs.writeFileSync(join(to, "t.parquet"), "rows");
  return undefined;
};

it("are an object of their own, each at the path of its database, and no files of the volume", async () => {
  const { summary, objects } = await capture(volume("x.duckdb", "state/y.duckdb"), written);
  expect([...objects.keys()]).toEqual(["archive.tar.zst", "files.jsonl.zst", "exports.tar.zst"]);
  const out = unpacked(objects.get("exports.tar.zst"));
  for (const name of ["x.duckdb/t.parquet", "state/y.duckdb/t.parquet"])
    expect(fs.readFileSync(join(out, name), "utf8")).toBe("rows");
  expect(fs.statSync(join(out, "x.duckdb")).mode & 0o777).toBe(0o700);
  expect(summary.totals).toMatchObject({ files: 2, directories: 2 });
  expect(summary).toMatchObject({ warningCount: 0, incomplete: false });
  expect(summary.capture["databases"]).toMatchObject(Array(2).fill({ exported: "parquet" }));
});

it("that cannot be made are a warning each, and the database is in the point", async () => {
  const { summary, objects } = await capture(volume("x.duckdb", "y.duckdb"), async (order) => {
    await written(order);
    return "it needs an extension";
  });
  expect([...objects.keys()]).toEqual(["archive.tar.zst", "files.jsonl.zst"]);
  expect(fs.readdirSync(unpacked(objects.get("archive.tar.zst"))).sort()).toEqual([
    ...["state", "x.duckdb", "y.duckdb"],
  ]);
  expect(summary.warnings).toMatchObject([
    { path: "x.duckdb", problem: "not-exported", message: expect.stringContaining("an extension") as string },
    { path: "y.duckdb", problem: "not-exported" },
  ]);
  expect(summary).toMatchObject({ incomplete: false, warningCount: 2 });
});

it("is not tried of one that could not be opened", async () => {
  const root = volume("x.duckdb");
  const parts = databaseParts({ ruleOf: () => ({ ...DEFAULT_RULE, export: "parquet" }) });
  const exports: ExportOrder[] = [];
  const duckdb = Object.assign(parts.drivers.duckdb, {
    export: async (order: ExportOrder) => void exports.push(order),
  });
  duckdb.verdicts = [{ state: "unverified", why: "it is encrypted" }];
  const source = createVolumeSource({ kind: "volume", path: root }, { databases: parts });
  const { signal } = new AbortController();
  const summary = await source.capture({
    previous: undefined,
    signal,
    openObject: () => new MemorySink(),
  });
  expect(exports).toEqual([]);
  expect(summary.warnings).toMatchObject([{ message: expect.stringContaining("it is encrypted") as string }]);
});

it("may be of databases whose names are no text, and may not fit below the scratch directory", async () => {
  const odd = "odd \xe4\xff name";
  const exports = new DatabaseExports(join(temporaryDirectory(), "scratch"));
  expect(await exports.add({ path: odd, kind: "duckdb" }, (to) => written({ to }))).toBe(true);
  const long = `${"d".repeat(200)}/`.repeat(25);
  expect(await exports.add({ path: `${long}x.duckdb`, kind: "duckdb" }, (to) => written({ to }))).toBe(false);
  const sink = new MemorySink();
  await exports.pack({ openObject: () => sink, signal: new AbortController().signal });
  const bytes = fs.readdirSync(unpacked(sink), "buffer").map((name) => name.toString("latin1"));
  expect(bytes).toEqual([odd]);
  expect(exports.warnings).toMatchObject([
    { problem: "not-exported", message: expect.stringContaining("ENAMETOOLONG") as string },
  ]);
});
