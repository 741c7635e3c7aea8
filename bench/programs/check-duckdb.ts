/** Checks a DuckDB database that nobody writes to: `node check-duckdb.ts <file>`. */
import { checkDuckdb } from "../../src/capture/duckdb/check/check-duckdb.ts";
import { systemClock } from "../../src/observability/system-clock.ts";

const LIMIT_MS = 600_000;
const [path = ""] = process.argv.slice(2);
const { signal } = new AbortController();

const verdict = await checkDuckdb({
  ...{ path, level: "full", timeout: LIMIT_MS, clock: systemClock, signal },
});
if (verdict.state !== "sound") throw new Error(JSON.stringify(verdict));
