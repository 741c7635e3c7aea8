/** What a point does not hold of its source: replacing the source by it would lose that. */
import { recentOnly, recentOnlyText } from "../domain/recent-only.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";

/** Why something of the source may not be in the point, as a part of a sentence; undefined when all of it is. */
export function whatPointLacks({
  capture,
  startedAt,
  incomplete,
  warnings,
}: CommitRecord): string | undefined {
  const recent = recentOnly({ capture, startedAt });
  if (recent !== undefined) return `the point lacks what is older: ${recentOnlyText(recent)}`;
  // Of an encrypted point, the globs themselves are not told.
  const { leavesOut } = capture;
  const globs = ["include", "exclude"].filter(
    (name) => isFilled(capture[name]) || (Array.isArray(leavesOut) && leavesOut.includes(name)),
  );
  if (globs.length > 0) return `the point lacks what the job's \`${globs.join("` and `")}\` leaves out`;
  if (incomplete === true) return "the point lacks what could not be read when it was made";
  return warnings.some(({ problem }) => problem === "skipped")
    ? "the point lacks what was skipped when it was made"
    : undefined;
}

function isFilled(globs: unknown): boolean {
  return Array.isArray(globs) && globs.length > 0;
}
