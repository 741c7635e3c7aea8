/** Databases that live in files beside other files, with whole programs behind them that keep writing. */

export const DATABASE_KINDS = ["duckdb", "sqlite"] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/** Whether whoever writes to it was held while it was captured. */
export const CAPTURE_MODES = ["optimistic", "frozen"] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

/** What the check of a capture finds. */
export const CHECK_RESULTS = ["sound", "unverified", "damaged"] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** How a database stands in a point: what is damaged gets into none, and a rule may do without a check. */
export const DATABASE_STATES = ["sound", "unverified", "unchecked"] as const;
export type DatabaseState = (typeof DATABASE_STATES)[number];

/** What follows the name of the database in the names of files that belong to it, and are nothing without it. */
export const SIDE_FILES: Readonly<Record<DatabaseKind, readonly string[]>> = {
  duckdb: [".wal", ".wal.checkpoint", ".wal.recovery"],
  sqlite: ["-wal", "-shm", "-journal"],
};
