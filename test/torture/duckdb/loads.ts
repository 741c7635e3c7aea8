/** What a live writer does to its database all day. */

export const LOADS = ["idle", "paced", "flat", "storm", "large", "encrypted"] as const;
export type Load = (typeof LOADS)[number];

export interface LoadPlan {
  /** Transactions a second; 0 none, `Infinity` as many as go. */
  rate: number;
  /** Forces one checkpoint after another, with breaks of up to so many milliseconds. */
  checkpointBreakMs?: number;
  /** Of bytes that cannot be compressed, before anything else. */
  ballastMb: number;
  /** Of a bulk load, at most. */
  bulkRows: number;
  /** Of the database's tables; DuckDB's own are 122,880. */
  rowGroupSize?: number;
}

export const PLANS: Readonly<Record<Load, LoadPlan>> = {
  idle: { rate: 0, ballastMb: 20, bulkRows: 20_000 },
  paced: { rate: 20, ballastMb: 20, bulkRows: 20_000 },
  flat: { rate: Infinity, ballastMb: 20, bulkRows: 100_000, rowGroupSize: 2048 },
  storm: { rate: Infinity, checkpointBreakMs: 20, ballastMb: 20, bulkRows: 100_000, rowGroupSize: 2048 },
  large: { rate: 35, ballastMb: 600, bulkRows: 300_000 },
  encrypted: { rate: Infinity, ballastMb: 20, bulkRows: 50_000 },
};

export const ACCOUNTS = 1000;
export const BALANCE = 1000;

/** What the writer is told: its only argument, as JSON. */
export interface WriterOrder {
  load: Load;
  database: string;
  /** Grows by one byte with each commit that DuckDB has acknowledged. */
  acknowledged: string;
  key?: string | undefined;
  seed: number;
}

/** Statements that make the database of that name the connection's. */
export function attach(database: string, options: readonly string[], key: string | undefined): string {
  const all = key === undefined ? options : [...options, `ENCRYPTION_KEY '${key}'`];
  const given = all.length === 0 ? "" : ` (${all.join(", ")})`;
  return `SET force_mbedtls_unsafe = true; ATTACH '${database}' AS live${given}; USE live;`;
}
