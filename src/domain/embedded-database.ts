/** Databases that live in files beside other files, with whole programs behind them that keep writing. */

export const DATABASE_KINDS = ["duckdb", "sqlite"] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/** What follows the name of the database in the names of files that belong to it, and are nothing without it. */
export const SIDE_FILES: Readonly<Record<DatabaseKind, readonly string[]>> = {
  duckdb: [".wal", ".wal.checkpoint", ".wal.recovery"],
  sqlite: ["-wal", "-shm", "-journal"],
};
