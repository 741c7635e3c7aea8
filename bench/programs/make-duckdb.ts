/** Makes a DuckDB database of about so many bytes: `node make-duckdb.ts <file> <bytes>`. */
import { statSync } from "node:fs";

import { DuckDBInstance } from "@duckdb/node-api";

const [path = "", wanted = "0"] = process.argv.slice(2);
const ROWS = 500_000;

const instance = await DuckDBInstance.create(path, { threads: "2" });
const connection = await instance.connect();
await connection.run(
  "CREATE TABLE events (id BIGINT PRIMARY KEY, created TIMESTAMP, kind VARCHAR, amount DOUBLE, note VARCHAR)",
);
for (let from = 0; sizeOf(path) < Number(wanted); from += ROWS) {
  // Half of it compresses well, as in a database that somebody uses.
  await connection.run(`
    INSERT INTO events
    SELECT i, TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND, 'kind ' || i % 20, random() * 1000, md5(i::VARCHAR || random())
    FROM range(${from}, ${from + ROWS}) r (i)`);
  await connection.run("CHECKPOINT");
}
connection.closeSync();
instance.closeSync();

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
