/**
 * Copies a live SQLite file that has a rollback journal, without making its writers wait: a reader's lock is had for a moment, in which
 * nothing can be half written, and the copy counts when the file has not changed from then on until it was copied.
 */
import { constants, copyFileSync, lstatSync, rmSync, writeFileSync } from "node:fs";

import { stampOf } from "../live/live-file.ts";
import { unsettledFor } from "../live/main-file.ts";
import { probeLive } from "./read-live.ts";
import { CODES, type SqliteReply } from "./sqlite-request.ts";

const NS_A_MS = 1_000_000n;

export function copyQuiet(live: Buffer, target: string, waitMs: number): SqliteReply {
  const { before, isSettled, isLogged } = probeLive(live, waitMs, (database) => {
    const stats = lstatSync(live, { bigint: true });
    const mode = database.prepare("PRAGMA journal_mode").get()?.["journal_mode"];
    return {
      before: stats,
      isSettled: unsettledFor(stats, fileClock(target)) <= 0,
      isLogged: mode === "wal",
    };
  });
  // What is committed is not all in the file from then on.
  if (isLogged) return busy("it has just begun to keep a log");
  // A write within the same tick of the clock that files are stamped by would not show.
  if (!isSettled) return busy("it was just written to");
  const cloned = cloneOrCopy(live, target);
  if (stampOf(lstatSync(live, { bigint: true })) !== stampOf(before))
    return busy("its main file was written to");
  return { state: "copied", cloned };
}

/** What a file that is written now is stamped with. */
function fileClock(target: string): number {
  writeFileSync(target, "", { mode: 0o600 });
  return Number(lstatSync(target, { bigint: true }).mtimeNs / NS_A_MS);
}

function cloneOrCopy(live: Buffer, target: string): boolean {
  rmSync(target);
  try {
    copyFileSync(live, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Whatever stands in a clone's way; what also stands in the way of a copy, that will say.
    copyFileSync(live, target);
    return false;
  }
}

function busy(message: string): SqliteReply {
  return { state: "refused", code: CODES.busy, message };
}
