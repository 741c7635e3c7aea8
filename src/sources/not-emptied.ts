/** A source that lost all of its files is a lost mount, or a lost container, until somebody says otherwise: never an empty archive. */
import { HoldfastError } from "../domain/errors.ts";
import type { PointTotals } from "../domain/recovery-point.ts";
import type { PackSummary } from "./pack-report.ts";

type Totals = Omit<PointTotals, "storedBytes">;

export interface EmptinessTexts {
  /** As the user calls it: `/source/data`. */
  source: string;
  /** What the user does about one that is empty and should not be. */
  check: string;
}

/** Throws `source` where nothing was captured of what had something at its last point, or has something that nobody can read. */
export function assertNotEmptied(
  {
    totals,
    unreadable,
    older,
    warnings,
  }: Pick<PackSummary, "totals" | "unreadable" | "warnings"> & Partial<Pick<PackSummary, "older">>,
  previous: Totals | undefined,
  { source, check }: EmptinessTexts,
): void {
  if (leaves(totals) > 0) return;
  // What is too old to be taken is there.
  if (older !== undefined && older.entries > 0) return;
  const what = `Capturing ${source}`;
  if (unreadable > 0) {
    const why = `none of its files could be read: ${warnings[0]?.message ?? "permission denied"}`;
    throw new HoldfastError("source", { what, why, next: "give Holdfast the right to read them" });
  }
  if (previous === undefined || leaves(previous) === 0) return;
  const why = `${source} is empty where it was not: the last recovery point holds ${leaves(previous)} files`;
  throw new HoldfastError("source", {
    what,
    why,
    next: `${check}; if it is meant to be empty, remove the job`,
  });
}

function leaves({ files, symlinks, hardlinks, specials = 0 }: Totals): number {
  return files + symlinks + hardlinks + specials;
}
