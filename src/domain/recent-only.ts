/** Points that hold only what was modified a short time before them: partial by design, which everybody has to be told. */
import { writeDuration } from "./duration.ts";
import type { Instant, Milliseconds } from "./instant.ts";
import type { CommitRecord } from "./recovery-point.ts";

/** In what a commit record tells of a capture: milliseconds. */
export const MODIFIED_WITHIN = "modifiedWithinMs";
/** In the same place: how many entries were older. */
export const OLDER = "older";

export interface RecentOnly {
  within: Milliseconds;
  /** What was modified before is not in the point. */
  since: Instant;
  /** Entries that are not in it for that. */
  older: number;
}

/** Undefined: the age of nothing mattered. */
export function recentOnly({
  capture,
  startedAt,
}: Pick<CommitRecord, "capture" | "startedAt">): RecentOnly | undefined {
  const within = capture[MODIFIED_WITHIN];
  if (typeof within !== "number") return undefined;
  const older = capture[OLDER];
  const since = Date.parse(startedAt) - within;
  return { within, since, older: typeof older === "number" ? older : 0 };
}

/** A clause. */
export function recentOnlyText({ within }: Pick<RecentOnly, "within">): string {
  return `it is partial by design: it holds only what was modified in the ${writeDuration(within)} before it`;
}
