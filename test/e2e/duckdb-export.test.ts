/** A portable export, read back with the commands of docs/duckdb.md and nothing of ours. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { askDuckdb, makeDuckdb, ORDINARY_STATEMENTS } from "../fakes/duckdb-file.ts";
import { testStack } from "./test-stack.ts";

const PAGE = readFileSync(new URL("../../docs/duckdb.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(/^```(\w+)\n([^]*?)^```/gm)]
    .filter(([, of]) => of === language)
    .map(([, , block = ""]) => block);

it("is in the point beside the database, comes back by hand, and never by a restore", async () => {
  const stack = testStack();
  const rules = [{ match: "state/*.duckdb", export: "parquet" }];
  const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
  stack.configure({ jobs: { data: { source } } });
  mkdirSync(join(stack.source(), "state"));
  const live = join(stack.source(), "state/x.duckdb");
  await makeDuckdb(live, ORDINARY_STATEMENTS);
  const point = await stack.backUp();

  const { stdout: shown } = await stack.done("show", point);
  expect(shown).toContain("exported as parquet");
  await stack.done("verify", "--point", point);
  await stack.done("verify", "data", "--sample", "100%");
  expect((await stack.done("ls", point, "-r")).stdout).not.toContain("parquet");
  await stack.done("restore", "data", "--point", point, "--to", stack.path("restored"));
  expect(readdirSync(stack.path("restored")).sort()).toEqual(["state"]);
  expect(readdirSync(stack.path("restored/state")).sort()).toEqual(["x.duckdb", "x.duckdb.wal"]);

  const out = stack.path("by hand");
  mkdirSync(out);
  const object = execFileSync("find", [stack.root, "-name", "exports.tar.zst"], { encoding: "utf8" }).trim();
  const env = { ...process.env, STORE: join(object, "../.."), POINT: point, OUT: out };
  const [commands = ""] = blocks("sh").filter((sh) => sh.includes("exports.tar.zst"));
  execFileSync("sh", ["-e", "-c", commands], { env });
  const [statements = ""] = blocks("sql").filter((sql) => sql.includes("IMPORT DATABASE"));
  const copy = stack.path("copy.duckdb");
  await askDuckdb(copy, statements.replaceAll("/restore", out.replaceAll("'", "''")));
  const contents =
    "SELECT bit_xor(hash(i)), count(*), (SELECT bit_xor(hash(a)) FROM accounts a) FROM items i";
  expect(await askDuckdb(copy, contents)).toEqual(await askDuckdb(live, contents));
});

it.each(["key", "keyFile"])("is refused beside %s, since an export would not be encrypted", async (name) => {
  const stack = testStack();
  const file = stack.path("the key");
  writeFileSync(file, "a key of its own");
  const rules = [{ match: "**", export: "parquet", [name]: name === "key" ? "a key of its own" : file }];
  const source = { kind: "volume", path: stack.source(), embeddedDatabases: { rules } };
  stack.configure({ jobs: { data: { source } } });
  const { exitCode, stdout, stderr } = await stack.run("config", "check");
  expect(exitCode).not.toBe(0);
  expect(stdout + stderr).toContain("would hold in the clear");
});
