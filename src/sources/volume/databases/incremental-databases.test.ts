import fs from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { describeTree } from "../../../../test/fakes/captured-volume.ts";
import { databaseFile, databaseParts } from "../../../../test/fakes/database-drivers.ts";
import { PointChain } from "../../../../test/fakes/point-chain.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";

it("refers to what a database has in common with its last capture, and captures it anew while it has a log", async () => {
  const root = temporaryDirectory();
  const chain = new PointChain(root, temporaryDirectory());
  fs.writeFileSync(join(root, "x.duckdb"), databaseFile("duckdb", "main"));
  fs.writeFileSync(join(root, "y.duckdb"), databaseFile("duckdb", "idle"));
  fs.writeFileSync(join(root, "x.duckdb.wal"), "one");
  const databases = databaseParts();
  const { orders } = databases.drivers.duckdb;
  const captured = (): string[] => orders.splice(0).map(({ path }) => path.toString().slice(-8));
  const first = await chain.capture({ databases });
  expect(captured()).toEqual(["x.duckdb", "y.duckdb"]);

  fs.appendFileSync(join(root, "x.duckdb.wal"), "two");
  const second = await chain.capture({ databases });
  // Nothing of y stands beside it, and it is as it was: its earlier capture is its state.
  expect(captured()).toEqual(["x.duckdb"]);
  const entries = await chain.entries(second);
  expect(entries.get("x.duckdb")).toMatchObject({ data: { point: first.id }, database: "duckdb" });
  expect(entries.get("y.duckdb")).toMatchObject({ data: { point: first.id }, database: "duckdb" });
  expect(entries.get("x.duckdb.wal")?.data).not.toHaveProperty("point");

  fs.rmSync(join(root, "x.duckdb.wal"));
  fs.writeFileSync(join(root, "x.duckdb"), databaseFile("duckdb", "other"));
  const third = await chain.capture({ databases });
  expect(captured()).toEqual(["x.duckdb"]);
  const target = join(temporaryDirectory(), "restored");
  await chain.restore(third, target);
  expect(describeTree(target)).toEqual(describeTree(root));
});
