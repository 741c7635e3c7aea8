/**
 * Opens a database where it lies among other files, of which nothing may change: under plain names in a directory of its own, since
 * its name need not be text, and libraries put files beside what they open.
 */
import { link, lstat, mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import { SIDE_FILES } from "../domain/embedded-database.ts";
import { cancellation, hasCode } from "../domain/errors.ts";
import { HOUR, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { DatabaseOpened, DatabaseOpener, DatabaseToOpen } from "../ports/database-opener.ts";
import type { DatabaseVerdict } from "./database-verdict.ts";
import { checkDuckdb } from "./duckdb/check/check-duckdb.ts";
import { copyMembers } from "./duckdb/check/spare-copy.ts";
import { sidePath, statLive } from "./live/live-file.ts";
import { checkSqlite } from "./sqlite/check-sqlite.ts";

/** Of one database: a terabyte takes less. */
const LIMIT: Milliseconds = HOUR;
/** The index of a log of SQLite's. */
const MADE_ANEW = "-shm";

export function createDatabaseOpener({ clock }: { clock: Clock }): DatabaseOpener {
  return {
    async open(database) {
      const scratch = await mkdtemp(join(database.scratch, "open-"));
      const own = { ...database, scratch };
      try {
        return told(await openIn(own, clock), own);
      } catch (error) {
        if (database.signal.aborted) throw cancellation(database.signal, `Opening ${nameOf(database)}`);
        const why = reasonNotToRead(error);
        if (why === undefined) throw error;
        return { state: "unverified", why };
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

async function openIn(database: DatabaseToOpen, clock: Clock): Promise<DatabaseVerdict> {
  const { kind, level, key, signal } = database;
  const sides = await sidesOf(database);
  // Whoever opens a SQLite database takes its journal or log into the file.
  const isChanged = kind === "sqlite" && sides.length > 0;
  const order = { level, signal, clock, timeout: LIMIT };
  const path = await (isChanged ? copied(database, sides) : byOtherNames(database, sides));
  return kind === "duckdb" ? checkDuckdb({ ...order, path, key }) : checkSqlite({ ...order, path });
}

/** A directory of such a name is nobody's log. */
async function sidesOf({ kind, path }: DatabaseToOpen): Promise<string[]> {
  const found = [];
  for (const suffix of SIDE_FILES[kind]) {
    const isFile = (await statLive(sidePath(path, suffix)))?.isFile() ?? false;
    if (isFile && suffix !== MADE_ANEW) found.push(suffix);
  }
  return found;
}

/** Links, where the file system has them and lets this user make one: then nothing is copied. */
async function byOtherNames(database: DatabaseToOpen, sides: readonly string[]): Promise<string> {
  const { path, scratch } = database;
  const main = join(scratch, "database");
  try {
    for (const suffix of ["", ...sides]) {
      const member = sidePath(path, suffix);
      // It may be the live file itself, which its application could not open while this process has.
      if ((await lstat(member)).nlink > 1) return await copied(database, sides);
      await link(member, main + suffix);
    }
    return main;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return copied(database, sides);
  }
}

async function copied(
  { path, scratch: parent, signal }: DatabaseToOpen,
  suffixes: readonly string[],
): Promise<string> {
  const scratch = await mkdtemp(join(parent, "copy-"));
  return copyMembers({ path, scratch, suffixes, signal });
}

/** A clause; undefined for what is no matter of the database. */
function reasonNotToRead(error: unknown): string | undefined {
  if (hasCode(error, "no-space")) return "opening it takes a copy, for which there is no room";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EACCES" || code === "EPERM") return "this user may not read it";
  return undefined;
}

/** Messages of libraries name the file, which has another name for them. */
function told(verdict: DatabaseVerdict, { scratch }: DatabaseToOpen): DatabaseOpened {
  if (verdict.state === "sound") return { state: "sound" };
  return { state: verdict.state, why: verdict.why.replaceAll(`${scratch}/`, "") };
}

function nameOf({ path }: DatabaseToOpen): string {
  return basename(path.toString());
}
