/** Asks an embedded database one question, where nothing else can be reached or changed by it. */
import type { DatabaseKind } from "../domain/embedded-database.ts";

export interface DatabaseQuestion {
  kind: DatabaseKind;
  /** Of a file that is nobody else's. */
  path: string;
  /** How messages call it. */
  name: string;
  key: string | undefined;
  query: string;
  /** A directory for what comes of it. */
  scratch: string;
  signal: AbortSignal;
}

/** Rows in lines, columns parted by tabs. Throws `usage` with what the library says against the question, `damaged` where the database cannot be read. */
export type AskDatabase = (question: DatabaseQuestion) => Promise<string>;
