/**
 * Reads a live SQLite database as a program that only reads does, with SQLite's own locks. Nothing is ever written to its
 * directory, whatever it is mounted like: no journal is rolled back, no log is checkpointed, no shared memory is created.
 */
import { backup, DatabaseSync } from "node:sqlite";

/** All in one step: between steps others might write, and the copying would begin anew. */
const ALL_PAGES = 0x7fff_ffff;

/** What `look` gives is of a moment at which nobody was in the middle of writing. It must not open the file: closing it would end the lock. */
export function probeLive<T>(path: Buffer, waitMs: number, look: (database: DatabaseSync) => T): T {
  const database = openLive(path, waitMs);
  beginReading(database);
  const seen = look(database);
  database.close();
  return seen;
}

/** What is in the target then is what was committed when this began. */
export async function backUpLive(path: Buffer, target: string, waitMs: number): Promise<void> {
  const database = openLive(path, waitMs);
  beginReading(database);
  await backup(database, target, { rate: ALL_PAGES });
  database.close();
}

function openLive(path: Buffer, waitMs: number): DatabaseSync {
  return new DatabaseSync(readOnlyUrl(path), { readOnly: true, timeout: waitMs });
}

/** The transaction stays open, and its lock with it, until the database is closed. */
function beginReading(database: DatabaseSync): void {
  database.exec("BEGIN");
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
}

/** `readonly_shm`: the index of the log in shared memory is only read, too; https://sqlite.org/wal.html#readonly. */
function readOnlyUrl(path: Buffer): URL {
  return new URL(`file://${percentEncoded(path)}?mode=ro&readonly_shm=1`);
}

/** SQLite takes each escape for one byte, so that a name that is no text stays what it is. */
function percentEncoded(path: Buffer): string {
  return [...path]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9/_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}
