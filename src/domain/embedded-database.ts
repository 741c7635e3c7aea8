/** Databases that live in files beside other files, with whole programs behind them that keep writing. */

export const DATABASE_KINDS = ["duckdb", "sqlite"] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];
