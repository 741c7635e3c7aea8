/**
 * The State port over one SQLite file. A file that is damaged is moved aside and a new one begun, because history is all
 * that is lost by it and backups must go on; any other trouble is an error.
 */
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { HoldfastError, hasCode, messageOf } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { State } from "../ports/state.ts";
import { alertTables } from "./alert-tables.ts";
import { auditTable } from "./audit-table.ts";
import { channelNotes } from "./channel-notes.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrations.ts";
import { runTable } from "./run-table.ts";
import { silenceTable } from "./silence-table.ts";

export const STATE_FILE = "state.sqlite";

export interface SqliteStateOptions {
  /** The state directory; made, for its owner only, when it is missing. */
  directory: string;
  clock: Pick<Clock, "now">;
  /** Told when a damaged file was moved aside. */
  onWarning: (message: string) => void;
}

export function openSqliteState({ directory, clock, onWarning }: SqliteStateOptions): State {
  const path = join(directory, STATE_FILE);
  const file = makeFile(directory, path);
  try {
    return stateOver(openDatabase(path));
  } catch (error) {
    if (!hasCode(error, "damaged")) throw error;
    moveAside(path, file, clock, onWarning, error);
    makeFile(directory, path);
    return stateOver(openDatabase(path));
  }
}

/** A state that ends with the process, for tests and for looking around without a state directory. */
export function openMemoryState(): State {
  return stateOver(openDatabase(":memory:"));
}

function stateOver(database: Database): State {
  return {
    runs: runTable(database),
    alerts: alertTables(database),
    audit: auditTable(database),
    notes: channelNotes(database),
    silences: silenceTable(database),
    close: () => database.close(),
  };
}

/** Write-ahead log, so that readers never wait; synced at every commit, so that what was written survives a power cut. */
function openDatabase(path: string): Database {
  const database = new Database(path);
  try {
    database.get("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    requireWhole(database, path);
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function requireWhole(database: Database, path: string): void {
  const found = database.get("PRAGMA quick_check(1)")?.["quick_check"];
  if (found === "ok") return;
  throw new HoldfastError("damaged", { what: `Opening the state ${path}`, why: String(found) });
}

/** Makes the file, readable by its owner only, and says which file stands there. */
function makeFile(directory: string, path: string): number {
  try {
    makeDirectory(directory);
    closeSync(openSync(path, "a", 0o600));
    return statSync(path).ino;
  } catch (cause) {
    throw new HoldfastError("usage", {
      what: `Opening the state ${path}`,
      why: messageOf(cause),
      next: "make the state directory writable for the user that Holdfast runs as, or choose another with --state",
      cause,
    });
  }
}

/** Level by level: Node's own recursive mkdir never returns where an existing parent answers ENOENT, as /proc does. */
function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Does nothing when another process has replaced the damaged file already. */
function moveAside(
  path: string,
  damaged: number,
  clock: Pick<Clock, "now">,
  onWarning: (message: string) => void,
  error: HoldfastError,
): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino !== damaged) return;
  const aside = `${path}.damaged-${toIso(clock.now()).replace(/[-:.]/g, "")}`;
  for (const suffix of ["-wal", "-shm", ""]) {
    if (statSync(path + suffix, { throwIfNoEntry: false }) !== undefined)
      renameSync(path + suffix, aside + suffix);
  }
  onWarning(
    `The state was damaged (${error.facts.why}): it is kept as ${aside} and a new one was begun. Run history and alert state are lost, backups are not.`,
  );
}
