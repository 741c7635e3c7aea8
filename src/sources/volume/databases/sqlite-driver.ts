/** Databases of SQLite. */
import { captureSqlite, copySqliteHeld } from "../../../capture/sqlite/capture-sqlite.ts";
import { checkSqlite } from "../../../capture/sqlite/check-sqlite.ts";
import { HOUR, type Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { DatabaseDriver } from "./database-driver.ts";

/** Of one check: a terabyte takes less. */
const CHECK_LIMIT: Milliseconds = HOUR;

export function sqliteDriver({ clock }: { clock: Clock }): DatabaseDriver {
  return {
    capture: (order) => captureSqlite(order),
    captureHeld: (order) => copySqliteHeld(order),
    check: (order) => checkSqlite({ ...order, clock, timeout: CHECK_LIMIT }),
  };
}
