/** Opens databases that are about to be brought back, to say whether their libraries can read them here and now. */
import type { DatabaseKind } from "../domain/embedded-database.ts";

export interface DatabaseToOpen {
  kind: DatabaseKind;
  /** Of the main file, which its side files are beside: as bytes, as its name need not be text. */
  path: Buffer;
  /** Directory on the same file system that is there, and empty again afterwards. */
  scratch: string;
  /** `light` reads headers and catalog; `full` everything. */
  level: "full" | "light";
  /** Of an encrypted one. */
  key: string | undefined;
  signal: AbortSignal;
}

/**
 * - `sound`: it opens.
 * - `damaged`: it does not, as it is; `why` is a clause.
 * - `unverified`: nothing speaks against it, but it cannot be read here (no key, a newer format).
 */
export type DatabaseOpened = { state: "sound" } | { state: "damaged" | "unverified"; why: string };

export interface DatabaseOpener {
  /** Changes nothing of the database's files. Rejects on cancellation, and when they cannot be read. */
  open(database: DatabaseToOpen): Promise<DatabaseOpened>;
}
