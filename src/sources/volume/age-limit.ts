/** Which entries are left out for their age: by the time of their last modification, and a database by that of the youngest of its files. */
import type { BigIntStats } from "node:fs";

import { writeDuration, parseDuration } from "../../domain/duration.ts";
import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { toIso, type Instant, type Milliseconds } from "../../domain/instant.ts";
import { MODIFIED_WITHIN, OLDER } from "../../domain/recent-only.ts";
import type { CaptureWarning } from "../../domain/recovery-point.ts";
import type { CaptureRequest } from "../../ports/source.ts";
import type { PackSummary } from "../pack-report.ts";
import { mayBeDatabase } from "./databases/database-kind.ts";
import type { TreeFs } from "./tree-fs.ts";

export interface AgeLimit {
  within: Milliseconds;
  /** What was modified before is left out. */
  since: Instant;
  /** When the last point was begun. */
  lastPoint: Instant | undefined;
}

/** Undefined: nothing is too old. Of what is wanted as it is, everything is. */
export function ageLimitOf(
  { modifiedWithin }: { modifiedWithin?: string | undefined },
  { startedAt, previous, asItIs }: Pick<CaptureRequest, "startedAt" | "previous" | "asItIs">,
): AgeLimit | undefined {
  const within = parseDuration(modifiedWithin?.trim() ?? "");
  if (within === undefined || asItIs === true) return undefined;
  if (startedAt === undefined) {
    throw new HoldfastError("internal", { what: "Choosing files by age", why: "nobody says when that is" });
  }
  const lastPoint = previous === undefined ? undefined : Date.parse(previous.startedAt);
  return { within, since: startedAt - within, lastPoint };
}

const SUFFIXES = Object.values(SIDE_FILES).flat();

/** `pathOf` gives the path of what is called as the entry and a suffix. Throws what the file system does. */
export function isOlder(
  { since }: AgeLimit,
  stats: BigIntStats,
  { fs, pathOf }: { fs: Pick<TreeFs, "lstatSync">; pathOf: (suffix: string) => string | Buffer },
): boolean {
  const isOld = ({ mtimeNs }: BigIntStats): boolean => mtimeNs < nanoseconds(since);
  if (!isOld(stats)) return false;
  if (!stats.isFile() || !mayBeDatabase(stats)) return true;
  return SUFFIXES.every((suffix) => {
    const side = fs.lstatSync(pathOf(suffix), { bigint: true, throwIfNoEntry: false });
    return side === undefined || isOld(side);
  });
}

/** It has changed or come since the last point: then no point has it, as it is now. */
export function isUnseen({ lastPoint }: AgeLimit, { ctimeNs }: BigIntStats): boolean {
  return lastPoint !== undefined && ctimeNs >= nanoseconds(lastPoint);
}

export function ageFacts(limit: AgeLimit | undefined, { older }: PackSummary): Record<string, unknown> {
  return limit === undefined ? {} : { [MODIFIED_WITHIN]: limit.within, [OLDER]: older.entries };
}

/** A window that is shorter than the time since the last point, or a file that came with an old time. */
export function unseenWarnings(
  limit: AgeLimit | undefined,
  { older: { unseen, example } }: PackSummary,
): CaptureWarning[] {
  if (limit === undefined || limit.lastPoint === undefined || unseen === 0) return [];
  const { within, since, lastPoint } = limit;
  const which = `came or changed since the last point (${toIso(lastPoint)}) and yet in none`;
  const why = `last modified before ${toIso(since)}, where \`modifiedWithin: ${writeDuration(within)}\` begins`;
  const who = unseen === 1 ? example : `${example} and ${unseen - 1} more`;
  return [{ path: example, problem: "skipped", message: `${who}: ${which}, for ${why}` }];
}

function nanoseconds(instant: Instant): bigint {
  return BigInt(instant) * 1_000_000n;
}
