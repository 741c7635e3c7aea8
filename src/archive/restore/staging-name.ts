/**
 * Names of what a restore keeps beside or in its target until it has ended. They carry the restoring process, so that what a
 * killed one left behind is told from what a living one is writing.
 */
import { randomBytes } from "node:crypto";

import { toIso, type Instant } from "../../domain/instant.ts";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../../ports/process-identity.ts";
import { fateOfMark, PROCESS_MARK, processMark } from "../../ports/process-mark.ts";

export const STAGING_PREFIX = ".holdfast-restore-";

/**
 * - `new`: the tree that is being written.
 * - `old`: what the target held, or, for the moment of the swap, the tree that takes its place. Never removed unread.
 * - `meanwhile`: what somebody else made where the swap wanted to put something. Never removed at all.
 * - `done`: what nobody needs any more.
 * - `swap`: all that a restore in place keeps, with its journal. It is settled (in-place/settle-swaps.ts), never just removed.
 */
export type StagingPart = "new" | "old" | "meanwhile" | "done" | "swap";

const PATTERN = new RegExp(
  `^\\.holdfast-restore-(?<mark>${PROCESS_MARK})-[0-9a-f]{12}\\.(?<part>new|old|meanwhile|done|swap)$`,
);

/** What a restore in place moved aside and somebody wants to look at: theirs to remove. */
const KEPT_PREFIX = ".holdfast-old-";
const KEPT_PATTERN = /^\.holdfast-old-\d{8}T\d{6}Z-[0-9a-f]{4}(\.meanwhile)?$/;

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

/** What a restore in place that has not ended keeps in its target; whoever made it. */
export function isSwapName(name: string): boolean {
  return PATTERN.exec(name)?.groups?.["part"] === "swap";
}

/** For names as bytes or text; whoever made it. No capture takes what has such a name, and no swap moves it. */
export function isStagingName(name: string): boolean {
  if (name.startsWith(STAGING_PREFIX)) return PATTERN.test(name);
  return isKeptName(name);
}

/** Old content that a restore in place was told to keep. */
export function isKeptName(name: string): boolean {
  return name.startsWith(KEPT_PREFIX) && KEPT_PATTERN.test(name);
}

/** `.holdfast-old-20261120T030000Z-7f3a`: for the old content of a restore that began then. */
export function keptName(startedAt: Instant): string {
  const compact = toIso(startedAt).replace(/[-:]|\.\d+/g, "");
  return `${KEPT_PREFIX}${compact}-${randomBytes(2).toString("hex")}`;
}
