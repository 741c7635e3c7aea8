/** What opening a captured database, and reading all of it, tells. */

/**
 * - `sound`: every byte that counts was read and is right.
 * - `damaged`: it cannot be opened or read as it is; `why` is a clause.
 * - `unverified`: nothing speaks against it, but it cannot be read here (a newer format, no key, a missing extension).
 */
export type DatabaseVerdict =
  | { state: "sound"; facts: DatabaseFacts }
  | { state: "damaged"; why: string }
  | { state: "unverified"; why: string; facts?: DatabaseFacts };

/** The commit record stays small, however many tables there are. */
export const MAX_TABLES = 50;

export interface DatabaseFacts {
  /** Of the program that wrote it last, where the file tells. */
  libraryVersion?: string;
  storageVersion?: number;
  encrypted: boolean;
  /** At most MAX_TABLES, the largest first; `rows` is missing where they were not counted. */
  tables: { name: string; rows?: number }[];
  tableCount: number;
  viewCount: number;
  /** Bytes of the write-ahead log that were replayed. */
  walBytes: number;
  /** Of SQLite. */
  pageSize?: number;
  /** Of SQLite, as far as the file keeps it. */
  journalMode?: "wal" | "rollback";
}
