/** Databases of DuckDB. */
import { captureDuckdb } from "../../../capture/duckdb/capture-duckdb.ts";
import { captureHeld, CheckpointWatch } from "../../../capture/duckdb/capture-held.ts";
import { checkDuckdb } from "../../../capture/duckdb/check/check-duckdb.ts";
import { exportDuckdb } from "../../../capture/duckdb/export/export-duckdb.ts";
import { HOUR, type Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { DatabaseDriver } from "./database-driver.ts";

/** Of one check, or one export: a terabyte takes less. */
const CHECK_LIMIT: Milliseconds = HOUR;

export function duckdbDriver({ clock }: { clock: Clock }): DatabaseDriver {
  const watches = new Map<string, CheckpointWatch>();
  return {
    capture: (order) => captureDuckdb(order),
    async captureHeld(order) {
      const key = order.path.toString("latin1");
      const watch = watches.get(key) ?? new CheckpointWatch();
      const captured = await captureHeld(order, watch);
      if (captured === "checkpointing") {
        watches.set(key, watch);
        return captured;
      }
      watches.delete(key);
      return { finish: async () => captured };
    },
    check: (order) => checkDuckdb({ ...order, clock, timeout: CHECK_LIMIT }),
    export: (order) => exportDuckdb({ ...order, clock, timeout: CHECK_LIMIT }),
  };
}
