/** Where copies of databases are put until they are archived: a directory a run, which whoever made it removes. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { HoldfastError, messageOf } from "../../../domain/errors.ts";
import { DAY, type Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ProcessTable } from "../../../ports/process-identity.ts";
import { fateOfMark, PROCESS_MARK, processMark } from "../../../ports/process-mark.ts";

const PATTERN = new RegExp(`^capture-(?<mark>${PROCESS_MARK})-[0-9a-f]{12}$`);

/** Of a directory that is not made yet. */
export function newScratch(parent: string, processes: ProcessTable): string {
  return join(parent, `capture-${processMark(processes.self)}-${randomBytes(6).toString("hex")}`);
}

/** No capture takes longer that somebody waits for. */
const ABANDONED_AFTER: Milliseconds = DAY;

/** For the copies of one database. `scratch` is the run's. */
export async function makePlace(scratch: string, name: string): Promise<string> {
  const path = join(scratch, name);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw scratchError(path, error);
  }
  return path;
}

/** Removes what killed captures left. */
export async function tidyScratch(
  parent: string,
  parts: { processes: ProcessTable; clock: Clock },
): Promise<void> {
  try {
    for (const name of await readdir(parent)) {
      const path = join(parent, name);
      if (await isLeft(name, path, parts)) await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    // Also in the midst: who removes it, needs nothing of it.
    if (codeOf(error) !== "ENOENT") throw scratchError(parent, error);
  }
}

async function isLeft(
  name: string,
  path: string,
  { processes, clock }: { processes: ProcessTable; clock: Clock },
): Promise<boolean> {
  const mark = PATTERN.exec(name)?.groups?.["mark"];
  if (mark === undefined) return false;
  const fate = fateOfMark(mark, processes);
  return fate === "dead" || (fate === "unknown" && (await ageOf(path, clock)) > ABANDONED_AFTER);
}

/** Since something was put into it, or taken away. */
async function ageOf(path: string, clock: Clock): Promise<Milliseconds> {
  const { mtimeMs } = await stat(path);
  return clock.now() - mtimeMs;
}

const REASONS: Partial<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  ENOTDIR: "a part of its path is not a directory",
};

function scratchError(path: string, error: unknown): HoldfastError {
  const code = codeOf(error) ?? "";
  return new HoldfastError(code === "ENOSPC" || code === "EDQUOT" ? "no-space" : "source", {
    what: `Making room for copies of databases in ${path}`,
    why: REASONS[code] ?? messageOf(error),
    next: "see that this directory can be written, or name another one as `scratch` in the config",
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
