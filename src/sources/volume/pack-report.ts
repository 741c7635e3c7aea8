/** Counts what a walk has packed and what went wrong, in bounded memory. */
import { MAX_RECORDED_WARNINGS, type CaptureWarning, type PointTotals } from "../../domain/recovery-point.ts";

export type EntryCount = "files" | "directories" | "symlinks" | "hardlinks" | "specials";

export class PackReport {
  readonly totals: Omit<PointTotals, "storedBytes"> = {
    entries: 0,
    files: 0,
    directories: 0,
    symlinks: 0,
    hardlinks: 0,
    sourceBytes: 0,
  };
  readonly warnings: CaptureWarning[] = [];
  warningCount = 0;
  /** Files and directories that could not be read: their content is missing. */
  unreadable = 0;
  /** Sockets, which are left out without a warning. */
  sockets = 0;

  count(kind: EntryCount): void {
    this.totals.entries += 1;
    this.totals[kind] = (this.totals[kind] ?? 0) + 1;
  }

  countBytes(bytes: number): void {
    this.totals.sourceBytes += bytes;
  }

  countSocket(): void {
    this.sockets += 1;
  }

  warn(warning: CaptureWarning): void {
    this.warningCount += 1;
    if (warning.problem === "unreadable") this.unreadable += 1;
    if (this.warnings.length < MAX_RECORDED_WARNINGS) this.warnings.push(warning);
  }
}

/** What the worker tells once it is done. */
export type PackSummary = Pick<PackReport, "totals" | "warnings" | "warningCount" | "unreadable" | "sockets">;
