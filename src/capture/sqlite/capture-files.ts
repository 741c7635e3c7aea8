/**
 * Copies of a SQLite database's files that are its state at one moment, and made one file of: what a program would find that
 * opens the database after its last one was killed just then. SQLite is made to recover from that, whatever it was doing.
 */
import { rm, stat } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import type { CapturedDatabase, CapturedMember, CaptureFacts } from "../database-capture.ts";
import { CannotCapture } from "../live/cannot-capture.ts";
import { isUntouched, statLive, type LiveFile } from "../live/live-file.ts";
import { whenSettled, withMainFile } from "../live/main-file.ts";
import { whatFailed, type LiveSqlite } from "./live-sqlite.ts";
import { usesLog } from "./main-file.ts";
import type { CopiedSideFile } from "../live/copied-side-file.ts";
import { areUntouched, copySideFiles, lookAgain } from "./side-files.ts";

/** Copied, but not yet recovered. */
export interface RawCapture {
  main: CapturedMember;
  sides: CopiedSideFile[];
  cloned: boolean;
}

/** The files as they are, while writers go on. Throws `CannotCapture` where they wrote meanwhile. */
export async function copyUnheld(live: LiveSqlite): Promise<RawCapture> {
  const { clock, signal } = live.order;
  return withMainFile(live.path, async (opened) => {
    await usesLog(opened);
    const main = await whenSettled(opened, clock, signal);
    await live.system.between("opened");
    const sides = await copySideFiles(live.path, live.scratch, signal);
    await live.system.between("side files copied");
    const copied = await live.scratch.copy(main, "", { signal });
    await live.system.between("main copied");
    await lookAgain(live.path, sides, signal);
    if (!isUntouched(main.stats, await statLive(live.path)))
      throw new CannotCapture("busy", "its main file was written to");
    return { main: { suffix: "", path: copied.path, stats: main.stats }, sides, cloned: copied.cloned };
  });
}

/** While the caller holds the writers. `writing`: one of them was caught in a state that must not be taken. */
export async function copyHeld(live: LiveSqlite): Promise<RawCapture | "writing"> {
  return withMainFile(live.path, async (main) => {
    const isLogged = await usesLog(main);
    const sides = await sidesOrNone(live);
    if (sides === "writing") return "writing";
    // Without a journal on the disk, only the lock tells of a transaction that is half written.
    const mayBeTorn = !isLogged && sides.length === 0;
    if (mayBeTorn && (await live.probe()) === "busy") return "writing";
    const copied = await live.scratch.copy(main, "", { signal: live.order.signal });
    await refuseUnheld(live, main, sides);
    return { main: { suffix: "", path: copied.path, stats: main.stats }, sides, cloned: copied.cloned };
  });
}

async function sidesOrNone(live: LiveSqlite): Promise<CopiedSideFile[] | "writing"> {
  try {
    return await copySideFiles(live.path, live.scratch, live.order.signal);
  } catch (error) {
    if (error instanceof CannotCapture && error.obstacle === "busy") return "writing";
    throw error;
  }
}

async function refuseUnheld(live: LiveSqlite, main: LiveFile, sides: CopiedSideFile[]): Promise<void> {
  if (isUntouched(main.stats, await statLive(live.path)) && (await areUntouched(live.path, sides))) return;
  throw new HoldfastError("source", {
    what: whatFailed(live.path),
    why: "it was written to while its writers were held, so that something else writes to it, too",
    next: "name every service that opens it under quiesce, and let no program outside of the stack write to it",
    transient: true,
  });
}

/** Makes one file of the copies. Where SQLite cannot, they stay what they are, and the check will say so. */
export async function recovered(
  live: LiveSqlite,
  { main, sides, cloned }: RawCapture,
  facts: Omit<CaptureFacts, "cloned">,
): Promise<CapturedDatabase> {
  if (sides.length > 0) await live.recover(main.path);
  await rm(`${main.path}-shm`, { force: true });
  const left: CopiedSideFile[] = [];
  for (const side of sides) if (await isThere(side.path)) left.push(side);
  return {
    members: [main, ...left.map(({ suffix, path, stats }) => ({ suffix, path, stats }))],
    facts: { ...facts, cloned },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
