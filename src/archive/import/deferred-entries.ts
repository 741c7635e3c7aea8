/**
 * What is made only when all files are there: symlinks, and what directories shall be. An archive may hold any number of
 * them in any order, so they are kept in a database, which spills to a temporary file of its own.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";

import type { IndexEntry } from "../index-entry.ts";

export type Deferred =
  | { kind: "symlink"; path: string; entry: IndexEntry }
  /** Without an entry it is only there because something is in it. */
  | { kind: "directory"; path: string; entry: IndexEntry | undefined };

const MEMORY_KIB = 16 * 1024;

/** Paths are byte strings; a later entry of a path takes the place of the earlier one. */
export class DeferredEntries {
  readonly #database = new DatabaseSync("");
  readonly #statements = new Map<string, StatementSync>();
  #count = 0;

  constructor() {
    this.#database.exec(`PRAGMA journal_mode = OFF; PRAGMA cache_size = -${MEMORY_KIB}`);
    this.#database.exec(
      "CREATE TABLE deferred (path BLOB PRIMARY KEY, kind TEXT NOT NULL, entry TEXT) WITHOUT ROWID; BEGIN",
    );
  }

  put({ path, kind, entry }: Deferred): void {
    const json = entry === undefined ? null : JSON.stringify(entry);
    this.#prepared("INSERT OR REPLACE INTO deferred VALUES (?, ?, ?)").run(bytesOf(path), kind, json);
    this.#count += 1;
  }

  get(path: string): Deferred | undefined {
    if (this.#count === 0) return undefined;
    const row = this.#prepared("SELECT path, kind, entry FROM deferred WHERE path = ?").get(bytesOf(path));
    return row === undefined ? undefined : deferredOf(row);
  }

  forget(path: string): void {
    if (this.#count > 0) this.#prepared("DELETE FROM deferred WHERE path = ?").run(bytesOf(path));
  }

  holdsBelow(path: string): boolean {
    const below = this.#prepared("SELECT 1 FROM deferred WHERE path > ? AND path < ? LIMIT 1");
    // The character after the slash in ASCII is the zero.
    return below.get(bytesOf(`${path}/`), bytesOf(`${path}0`)) !== undefined;
  }

  symlinks(): Iterable<Deferred> {
    return this.#all("SELECT path, kind, entry FROM deferred WHERE kind = 'symlink' ORDER BY path");
  }

  /** Each after all that are below it. */
  directories(): Iterable<Deferred> {
    return this.#all("SELECT path, kind, entry FROM deferred WHERE kind = 'directory' ORDER BY path DESC");
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  *#all(sql: string): Generator<Deferred> {
    for (const row of this.#prepared(sql).iterate()) yield deferredOf(row);
  }

  #prepared(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function bytesOf(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

function deferredOf(row: Record<string, unknown>): Deferred {
  const { path, kind, entry } = row as { path: Uint8Array; kind: Deferred["kind"]; entry: string | null };
  const read = entry === null ? undefined : (JSON.parse(entry) as IndexEntry);
  return { path: Buffer.from(path).toString("latin1"), kind, entry: read } as Deferred;
}
