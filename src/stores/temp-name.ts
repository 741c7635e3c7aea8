/**
 * Names of files that are being written. They carry their writer, so that what a killed process left behind is told
 * from what a living one is writing just now. Such names are never keys.
 */
import { randomBytes } from "node:crypto";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../ports/process-identity.ts";
import { fateOfMark, PROCESS_MARK, processMark } from "../ports/process-mark.ts";

const TEMP_PREFIX = ".holdfast-tmp-";
const TEMP_PATTERN = new RegExp(`^\\.holdfast-tmp-(?<mark>${PROCESS_MARK})-[0-9a-f]{16}$`);

export function isTempName(name: string): boolean {
  return name.startsWith(TEMP_PREFIX);
}

/** Unique in time and among processes. */
export function tempName(writer: ProcessIdentity): string {
  return `${TEMP_PREFIX}${processMark(writer)}-${randomBytes(8).toString("hex")}`;
}

/** Whether the process that made this name still runs; `unknown` when it ran elsewhere. */
export function writerFate(name: string, processes: ProcessTable): ProcessFate {
  const mark = TEMP_PATTERN.exec(name)?.groups?.mark;
  return mark === undefined ? "unknown" : fateOfMark(mark, processes);
}
