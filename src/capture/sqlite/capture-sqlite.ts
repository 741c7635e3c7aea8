/**
 * Captures a live SQLite database as one file. With a write-ahead log, readers and writers do not disturb each other: SQLite's
 * own backup reads one state of it. With a rollback journal a reader's lock would make writers wait, so the file is copied
 * without, and counts when nobody has written since a moment at which the lock was to be had. Where SQLite's locks or its shared memory
 * are not to be had, as on a read-only mount when no program has the database open, the files are copied as they are, and recovered on scratch.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { CapturedDatabase, DatabaseOrder } from "../database-capture.ts";
import type { Hold } from "../../ports/source.ts";
import { CannotCapture, captureError } from "../live/cannot-capture.ts";
import { breakBetweenHolds, HOLDS } from "../holds.ts";
import { isLocal, realSystem, type CaptureSystem } from "../live/capture-system.ts";
import { withMainFile } from "../live/main-file.ts";
import { copyHeld, copyUnheld, recovered, type RawCapture } from "./capture-files.ts";
import { sidePath, statLive } from "../live/live-file.ts";
import { LiveSqlite, whatFailed, type LiveOrder } from "./live-sqlite.ts";
import { usesLog } from "./main-file.ts";
import { SHARED_MEMORY, WAL } from "./side-files.ts";

const TRIES = 5;
const MOST_WAIT_MS = 200;

/**
 * The one member is what was committed at one moment, with every commit that was acknowledged before the call. Where it cannot be
 * recovered, as it is damaged, its log or journal is a member, too. After an error the scratch directory is as empty as it was.
 *
 * Errors: as those of `captureDuckdb`.
 */
export async function captureSqlite(
  order: DatabaseOrder,
  system: CaptureSystem = realSystem,
): Promise<CapturedDatabase> {
  const live = new LiveSqlite(order, system);
  try {
    if (order.rule === "freeze") return await captureFrozen(order, neededFreeze(order), 0, system);
    const captured = await tryUnheld(live, order);
    if (!(captured instanceof CannotCapture)) return captured;
    if (order.freeze !== undefined) return await captureFrozen(order, order.freeze, TRIES, system);
    return (await captureLocked(live)) ?? fail(neverStill(order, captured.message));
  } catch (error) {
    await live.clear();
    throw captureError(error, whatFailed(order.path), order.signal);
  }
}

/** The copies of a held database, which have to be recovered to be a capture: that takes longer than anybody should be held. */
export interface SqliteCopies {
  /** Errors: as those of `captureSqlite`. */
  finish(signal: AbortSignal): Promise<CapturedDatabase>;
}

/**
 * While the caller holds the writers, who may go on once this has resolved. `checkpointing`: one of them was caught in a state that
 * must not be taken; let them go on for a moment, and hold them anew. The scratch directory is empty then, as after an error.
 */
export async function copySqliteHeld(
  order: LiveOrder,
  system: CaptureSystem = realSystem,
): Promise<SqliteCopies | "checkpointing"> {
  const live = new LiveSqlite(order, system);
  const raw = await clearedOnError(live, () => copyHeld(live));
  if (raw === "writing") {
    await live.clear();
    return "checkpointing";
  }
  return {
    async finish(signal) {
      const later = new LiveSqlite({ ...order, signal }, system);
      return clearedOnError(later, () => recovered(later, raw, { mode: "frozen", tries: 1 }));
    },
  };
}

async function clearedOnError<T>(live: LiveSqlite, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await live.clear();
    throw captureError(error, whatFailed(live.path), live.order.signal);
  }
}

/** Gives why the last try came to nothing. */
async function tryUnheld(live: LiveSqlite, order: DatabaseOrder): Promise<CapturedDatabase | CannotCapture> {
  let last = new CannotCapture("busy", "it was not tried");
  for (let tries = 1; tries <= TRIES; tries++) {
    if (tries > 1) await order.clock.sleep(order.random() * MOST_WAIT_MS, { signal: order.signal });
    try {
      return await captureUnheld(live, tries);
    } catch (error) {
      await live.clear();
      if (!(error instanceof CannotCapture)) throw error;
      last = error;
    }
  }
  if (last.obstacle !== "busy") throw last;
  return last;
}

async function captureUnheld(live: LiveSqlite, tries: number): Promise<CapturedDatabase> {
  const facts = { mode: "optimistic", tries } as const;
  // What this machine sees of a file on another one's disk may be old: only SQLite's locks count there.
  const isLogged = await withMainFile(live.path, usesLog);
  const mayCopy = isLocal(await live.system.fileSystemOf(live.path));
  const captured = isLogged
    ? await backUp(live, { isLogged })
    : mayCopy
      ? await copyQuiet(live)
      : "unlockable";
  if (captured === "busy") throw new CannotCapture("busy", "it was written to, or locked by one who writes");
  if (captured !== "unlockable") return recovered(live, captured, facts);
  if (mayCopy) return recovered(live, await copyUnheld(live), facts);
  throw new CannotCapture(
    "busy",
    "it is not on a local file system, where a copy can only be sure with its writers held",
  );
}

/** With a journal, a reader's lock makes writers wait as long as this takes. */
async function backUp(
  live: LiveSqlite,
  { isLogged }: { isLogged: boolean },
): Promise<RawCapture | "busy" | "unlockable"> {
  // Where nobody has it open, SQLite would make these files itself if it may, also for a reader.
  for (const suffix of isLogged ? [WAL, SHARED_MEMORY] : [])
    if ((await statLive(sidePath(live.path, suffix))) === undefined) return "unlockable";
  return withMainFile(live.path, async ({ stats }) => {
    const target = live.scratch.made("");
    const done = await live.backUp(target);
    return done === "copied" ? { main: { suffix: "", path: target, stats }, sides: [], cloned: false } : done;
  });
}

async function copyQuiet(live: LiveSqlite): Promise<RawCapture | "busy" | "unlockable"> {
  return withMainFile(live.path, async (main) => {
    await live.scratch.checkCopyFits(main);
    const target = live.scratch.made("");
    const done = await live.copyQuiet(target);
    if (typeof done === "string") return done;
    return { main: { suffix: "", path: target, stats: main.stats }, sides: [], cloned: done.cloned };
  });
}

async function captureFrozen(
  order: DatabaseOrder,
  freeze: Hold,
  triesBefore: number,
  system: CaptureSystem,
): Promise<CapturedDatabase> {
  await withMainFile(order.path, (main) => new LiveSqlite(order, system).scratch.checkCopyFits(main));
  for (let hold = 1, heldMs = 0; hold <= HOLDS; hold++) {
    if (hold > 1) await order.clock.sleep(breakBetweenHolds(order.random), { signal: order.signal });
    const held = await freeze((signal) => {
      const both = AbortSignal.any([order.signal, signal]);
      return copyHeld(new LiveSqlite({ ...order, signal: both }, system));
    });
    heldMs += held.heldMs;
    const live = new LiveSqlite(order, system);
    const facts = { mode: "frozen", tries: triesBefore + hold, heldMs } as const;
    if (held.value !== "writing") return recovered(live, held.value, facts);
    await live.clear();
  }
  throw new HoldfastError("source", {
    what: whatFailed(order.path),
    why: `each of the ${HOLDS} times that its writers were held, they were in a transaction that leaves no journal`,
    next: "let its program use journal_mode=WAL, or back up when it is written to less",
    transient: true,
  });
}

/** Nobody can be held by pausing: the lock of a reader makes writers wait, as it does for every other reader. */
async function captureLocked(live: LiveSqlite): Promise<CapturedDatabase | undefined> {
  const from = live.order.clock.monotonic();
  const isLogged = await withMainFile(live.path, usesLog);
  const copied = await backUp(live, { isLogged });
  if (typeof copied === "string") return undefined;
  const heldMs = live.order.clock.monotonic() - from;
  return recovered(live, copied, { mode: "frozen", tries: TRIES + 1, heldMs });
}

function neededFreeze({ freeze, path, cannotFreezeBecause }: DatabaseOrder): Hold {
  if (freeze !== undefined) return freeze;
  throw new HoldfastError("unsupported", {
    what: whatFailed(path),
    why: `it is only to be captured with its writers held, and they cannot be${because(cannotFreezeBecause)}`,
    next: "give Holdfast the container engine's socket, or allow capture: optimistic",
  });
}

function neverStill({ path, cannotFreezeBecause }: DatabaseOrder, lastWhy: string): HoldfastError {
  return new HoldfastError("source", {
    what: whatFailed(path),
    why: `it was never still for long enough in ${TRIES} tries (at last: ${lastWhy}), no lock of a reader was to be had, and its writers cannot be held${because(cannotFreezeBecause)}`,
    next: "give Holdfast the container engine's socket, so that it can pause the services that use the database, or let its program use journal_mode=WAL",
    transient: true,
  });
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : `, because ${reason}`;
}

function fail(error: HoldfastError): never {
  throw error;
}
