/**
 * A thin layer over SQLite: statements prepared once, transactions, and every failure as an error a user understands.
 * Transactions take the write lock at once, so that two processes wait for each other instead of failing half-way.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { HoldfastError, messageOf } from "../domain/errors.ts";

/** How long one process waits for another one's write. */
const BUSY_TIMEOUT_MS = 10_000;

/** Texts and numbers are all that is kept. */
export type Row = Record<string, string | number | null>;

export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#sqlite = this.#guarded("Opening", () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS }));
  }

  /** Several statements without parameters. */
  execute(sql: string): void {
    this.#guarded("Writing", () => this.#sqlite.exec(sql));
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#guarded("Writing", () => this.#prepared(sql).run(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guarded("Reading", () => this.#prepared(sql).all(...values) as Row[]);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guarded("Reading", () => this.#prepared(sql).get(...values) as Row | undefined);
  }

  /** All of it or, when it throws or the process dies, nothing. */
  transaction<T>(work: () => T): T {
    this.execute("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.execute("COMMIT");
      return result;
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guarded<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw explained(`${doing} the state ${this.#path}`, cause);
    }
  }
}

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOT_A_DATABASE = 26;

function explained(what: string, cause: unknown): HoldfastError {
  const why = messageOf(cause);
  switch (primaryCode(cause)) {
    case BUSY:
    case LOCKED:
      return new HoldfastError("timeout", {
        what,
        why,
        next: "another process holds it: try again",
        transient: true,
        cause,
      });
    case FULL:
      return new HoldfastError("no-space", {
        what,
        why,
        next: "free space on the disk of the state directory",
        cause,
      });
    case IOERR:
      return new HoldfastError("store", { what, why, next: "check the disk of the state directory", cause });
    case CORRUPT:
    case NOT_A_DATABASE:
      return new HoldfastError("damaged", {
        what,
        why,
        next: "restart Holdfast: it moves the file aside and begins a new one, and only history is lost",
        cause,
      });
    case READONLY:
    case CANTOPEN:
      return new HoldfastError("usage", {
        what,
        why,
        next: "make the state directory writable for the user that Holdfast runs as",
        cause,
      });
    default:
      return new HoldfastError("internal", { what, why, cause });
  }
}

/** Extended codes hold the primary one in their lowest byte. */
function primaryCode(error: unknown): number | undefined {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}
