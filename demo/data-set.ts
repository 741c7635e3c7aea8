/** A small application's files: parquet that DuckDB wrote, links, an empty directory. Its programs add what they write to. */
import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export const LOG = "logs/events.jsonl";

const ORDERS = 100_000;
const MONTHS = ["2026-01", "2026-02"];

export async function makeDataSet(data: string): Promise<void> {
  for (const name of ["parquet", "logs", "inbox"]) mkdirSync(join(data, name));
  await makeOrders(data);
  symlinkSync(`parquet/${MONTHS.at(-1)}.parquet`, join(data, "latest.parquet"));
  symlinkSync("reports/2019.pdf", join(data, "old-report.pdf"));
  linkSync(join(data, `parquet/${MONTHS[0]}.parquet`), join(data, "first-month.parquet"));
}

async function makeOrders(data: string): Promise<void> {
  // Loaded late, so that a platform without it is told so in a line of the story.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create();
  try {
    const connection = await instance.connect();
    await connection.run(`
      CREATE TABLE orders AS SELECT
        i AS id,
        TIMESTAMP '2026-01-01' + INTERVAL (i * 50) SECOND AS placed_at,
        ['new', 'paid', 'sent'][1 + i % 3] AS state,
        round(abs(hash(i) % 50000) / 100, 2) AS amount
      FROM range(${ORDERS}) numbers(i)`);
    for (const month of MONTHS) {
      const file = join(data, `parquet/${month}.parquet`).replaceAll("'", "''");
      await connection.run(
        `COPY (FROM orders WHERE strftime(placed_at, '%Y-%m') = '${month}') TO '${file}' (FORMAT parquet)`,
      );
    }
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}
