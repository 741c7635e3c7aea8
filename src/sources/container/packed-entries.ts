/**
 * What was packed under which path, for the hardlinks that may follow: a tar does not tell which files have other names. There may be
 * millions, so they are kept in a database, which spills to a temporary file of its own.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";

import type { Device } from "../../archive/device-number.ts";
import type { SpecialType } from "../../archive/index-entry.ts";
import type { PackedContent } from "../../archive/index-line.ts";

export type PackedEntry =
  | { type: "file"; content: PackedContent }
  /** A byte string. */
  | { type: "symlink"; target: string }
  | { type: SpecialType; device: Device | undefined };

const MEMORY_KIB = 16 * 1024;

/** Paths are byte strings. */
export class PackedEntries {
  readonly #database = new DatabaseSync("");
  readonly #insert: StatementSync;
  readonly #select: StatementSync;

  constructor() {
    this.#database.exec(`PRAGMA journal_mode = OFF; PRAGMA cache_size = -${MEMORY_KIB}`);
    this.#database.exec("CREATE TABLE packed (path BLOB PRIMARY KEY, entry TEXT) WITHOUT ROWID; BEGIN");
    this.#insert = this.#database.prepare("INSERT INTO packed VALUES (?, ?)");
    this.#select = this.#database.prepare("SELECT entry FROM packed WHERE path = ?");
  }

  remember(path: string, entry: PackedEntry): void {
    this.#insert.run(Buffer.from(path, "latin1"), JSON.stringify(entry));
  }

  find(path: string): PackedEntry | undefined {
    const row = this.#select.get(Buffer.from(path, "latin1"));
    return row === undefined ? undefined : (JSON.parse(String(row["entry"])) as PackedEntry);
  }

  close(): void {
    this.#database.close();
  }
}
