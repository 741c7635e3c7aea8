/**
 * Names of what a restore keeps beside or in its target until it has ended. They carry the restoring process, so that what a
 * killed one left behind is told from what a living one is writing.
 */
import { randomBytes } from "node:crypto";

import type { ProcessFate, ProcessIdentity, ProcessTable } from "../../ports/process-identity.ts";
import { fateOfMark, PROCESS_MARK, processMark } from "../../ports/process-mark.ts";

export const STAGING_PREFIX = ".holdfast-restore-";

/**
 * - `new`: the tree that is being written.
 * - `old`: what the target held, or, for the moment of the swap, the tree that takes its place. Never removed unread.
 * - `meanwhile`: what somebody else made where the swap wanted to put something. Never removed at all.
 * - `done`: what nobody needs any more.
 */
export type StagingPart = "new" | "old" | "meanwhile" | "done";

const PATTERN = new RegExp(
  `^\\.holdfast-restore-(?<mark>${PROCESS_MARK})-[0-9a-f]{12}\\.(?<part>new|old|meanwhile|done)$`,
);

/** Unique in time and among processes; a part is `<name>.<part>`. */
export function stagingName(owner: ProcessIdentity): string {
  return `${STAGING_PREFIX}${processMark(owner)}-${randomBytes(6).toString("hex")}`;
}

export interface StagedName {
  part: StagingPart;
  /** Of the restore it belongs to. */
  fate: ProcessFate;
}

/** Undefined for a name that no restore makes. */
export function readStagingName(name: string, processes: ProcessTable): StagedName | undefined {
  const { mark, part } = PATTERN.exec(name)?.groups ?? {};
  if (mark === undefined) return undefined;
  return { part: part as StagingPart, fate: fateOfMark(mark, processes) };
}

/** For names as bytes or text; whoever made it. */
export function isStagingName(name: string): boolean {
  return name.startsWith(STAGING_PREFIX) && PATTERN.test(name);
}
