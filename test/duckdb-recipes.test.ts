/** What docs/duckdb.md tells an application to run, run as it stands there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

import { askDuckdb, makeDuckdb, ORDINARY_STATEMENTS } from "./fakes/duckdb-file.ts";
import { temporaryDirectory } from "./fakes/temporary-directory.ts";

const PAGE = readFileSync(new URL("../docs/duckdb.md", import.meta.url), "utf8");

/** The block of SQL that holds the words. */
function recipe(words: string): string {
  const blocks = [...PAGE.matchAll(/^```sql\n([^]*?)^```/gm)].map(([, sql = ""]) => sql);
  return blocks.find((sql) => sql.includes(words)) ?? "";
}

it("a snapshot is all of the open database, in one file", async () => {
  const directory = temporaryDirectory();
  const app = join(directory, "app.duckdb");
  const snapshot = join(directory, "snapshot.new");
  await makeDuckdb(app, ORDINARY_STATEMENTS);
  await askDuckdb(app, recipe("COPY FROM DATABASE").replace("snapshot.new", snapshot));
  const contents = "SELECT bit_xor(hash(i)), (SELECT bit_xor(hash(a)) FROM accounts a) FROM items i";
  expect(await askDuckdb(snapshot, contents)).toEqual(await askDuckdb(app, contents));
});
