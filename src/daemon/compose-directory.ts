/** Wires the source of a directory, with all that captures databases in it. */
import type { Clock } from "../ports/clock.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { Source } from "../ports/source.ts";
import { rulesOf } from "../sources/volume/databases/database-rule.ts";
import { duckdbDriver } from "../sources/volume/databases/duckdb-driver.ts";
import { sqliteDriver } from "../sources/volume/databases/sqlite-driver.ts";
import type { DirectoryOptions } from "../sources/volume/options.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";

/** What databases in a directory are captured with. */
export interface DatabaseSurroundings {
  clock: Clock;
  random: () => number;
  processes: ProcessTable;
  /** Directory for copies of databases. */
  scratch: string;
}

export function createDirectorySource(options: DirectoryOptions, around: DatabaseSurroundings): Source {
  const rules = rulesOf(options.embeddedDatabases);
  const { clock, random, processes, scratch } = around;
  const drivers = { duckdb: duckdbDriver({ clock }), sqlite: sqliteDriver({ clock }) };
  const databases = rules && { ...rules, clock, random, processes, scratch, drivers };
  return createVolumeSource(options, { databases });
}
