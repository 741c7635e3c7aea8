/** Captures a DuckDB database that nobody holds, as a volume job does: `node capture-duckdb.ts <file> <scratch> [check]`. */
import { captureDuckdb } from "../../src/capture/duckdb/capture-duckdb.ts";
import { checkDuckdb } from "../../src/capture/duckdb/check/check-duckdb.ts";
import { systemClock } from "../../src/observability/system-clock.ts";

const LIMIT_MS = 600_000;
const [path = "", scratch = "", check] = process.argv.slice(2);
const { signal } = new AbortController();
const around = { clock: systemClock, signal };

const captured = await captureDuckdb({
  ...{ ...around, path: Buffer.from(path), scratch, random: Math.random },
  ...{ rule: "optimistic", freeze: undefined },
});
if (check !== undefined) {
  const verdict = await checkDuckdb({
    ...{ ...around, path: captured.members[0]?.path ?? "", level: "full", timeout: LIMIT_MS },
  });
  if (verdict.state !== "sound") throw new Error(JSON.stringify(verdict));
}
