/** What one Holdfast tells another one to capture: an argument of its command line, so without what may be long. */
import type { CommitRecord } from "../../../domain/recovery-point.ts";
import type { CaptureBase, CaptureRequest } from "../../../ports/source.ts";
import type { DirectoryOptions } from "../options.ts";

export interface CaptureOrder {
  options: DirectoryOptions;
  previous: CommitRecord | undefined;
  base: CaptureBase | undefined;
}

export function orderOf(
  options: DirectoryOptions,
  { previous, base }: Pick<CaptureRequest, "previous" | "base">,
): CaptureOrder {
  return {
    options,
    previous: previous && shortened(previous),
    base: base && { ...base, record: shortened(base.record) },
  };
}

/** A volume source asks a record for its id, its times, its totals and how it was captured. */
function shortened(record: CommitRecord): CommitRecord {
  return { ...record, needs: [], objects: [], warnings: [] };
}
