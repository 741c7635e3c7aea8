/** Where copies of databases are put until they are archived: a directory a run, which whoever made it removes. */
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

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

/** Removes what killed captures left. */
export async function tidyScratch(
  parent: string,
  { processes, clock }: { processes: ProcessTable; clock: Clock },
): Promise<void> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names) {
    const mark = PATTERN.exec(name)?.groups?.["mark"];
    if (mark === undefined) continue;
    const path = join(parent, name);
    const fate = fateOfMark(mark, processes);
    const isLeft = fate === "dead" || (fate === "unknown" && (await ageOf(path, clock)) > ABANDONED_AFTER);
    if (isLeft) await rm(path, { recursive: true, force: true });
  }
}

/** Since something was put into it, or taken away. */
async function ageOf(path: string, clock: Clock): Promise<Milliseconds> {
  const { mtimeMs } = await stat(path);
  return clock.now() - mtimeMs;
}
