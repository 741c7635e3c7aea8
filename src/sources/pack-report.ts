/** Counts what a walk has packed and what went wrong, in bounded memory. */
import { toText } from "../archive/byte-path.ts";
import type { PackedContent } from "../archive/index-line.ts";
import { MAX_RECORDED_WARNINGS, type CaptureWarning, type PointTotals } from "../domain/recovery-point.ts";

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
  /** What is in earlier points: files, and how many of them were read and compared all the same. */
  readonly earlier = { files: 0, bytes: 0, compared: 0 };
  /** Why the base point's index could not be used (to its end). */
  baseTrouble: string | undefined;
  /** Sockets, which are left out without a warning. */
  sockets = 0;
  /** Directories on which another file system is mounted that is not asked for: they are packed empty. */
  mountPoints = 0;
  /** Entries that were left out for their age; of these, how many have changed or come since the last point, and one of them. */
  readonly older = { entries: 0, unseen: 0, example: "" };
  readonly #holders = new Set<string>();

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

  countMountPoint(): void {
    this.mountPoints += 1;
  }

  countOlder(path: string, isUnseen: boolean): void {
    this.older.entries += 1;
    if (!isUnseen) return;
    this.older.unseen += 1;
    if (this.older.example === "") this.older.example = toText(path).text;
  }

  countEarlier({ size, point }: PackedContent, isCompared: boolean): void {
    this.earlier.files += 1;
    this.earlier.bytes += size;
    if (isCompared) this.earlier.compared += 1;
    this.totals.sourceBytes += size;
    if (point !== undefined) this.#holders.add(point);
  }

  warn(warning: CaptureWarning): void {
    this.warningCount += 1;
    if (warning.problem === "unreadable") this.unreadable += 1;
    if (this.warnings.length < MAX_RECORDED_WARNINGS) this.warnings.push(warning);
    // Rarer and worse than whatever filled the list.
    else if (warning.problem === "silent-change") this.warnings[MAX_RECORDED_WARNINGS - 1] = warning;
  }

  summary(): PackSummary {
    const { totals, warnings, warningCount, unreadable, sockets, mountPoints, older, earlier, baseTrouble } =
      this;
    const needs = [...this.#holders].sort();
    return {
      ...{ totals, warnings, warningCount, unreadable, sockets, mountPoints, older },
      ...{ earlier, needs, baseTrouble },
    };
  }
}

/** What the worker tells once it is done. */
export type PackSummary = Pick<
  PackReport,
  | "totals"
  | "warnings"
  | "warningCount"
  | "unreadable"
  | "sockets"
  | "mountPoints"
  | "older"
  | "earlier"
  | "baseTrouble"
> & {
  /** Ids of the points that hold bytes of this one. */
  needs: string[];
};
