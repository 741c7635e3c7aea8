/** What one Holdfast tells another one to capture: an argument of its command line, so without what may be long. */
import type { CommitRecord } from "../../../domain/recovery-point.ts";
import type { CaptureBase, CaptureRequest } from "../../../ports/source.ts";
import type { DirectoryOptions } from "../options.ts";
import { withoutKeys } from "./keys-file.ts";

export interface CaptureOrder {
  options: DirectoryOptions;
  previous: CommitRecord | undefined;
  base: CaptureBase | undefined;
  asItIs?: boolean | undefined;
  startedAt?: CaptureRequest["startedAt"];
  /** Directory for copies of databases. */
  scratch: string;
  /** Undefined: nobody can be held for it. */
  holds?: HoldsOrder | undefined;
  /** File with the keys of encrypted databases. Without one they are captured, but not opened. */
  keys?: string | undefined;
}

export interface HoldsOrder {
  /** Where what is asked for is answered. */
  directory: string;
  /** The job names services to hold. */
  ofJob: boolean;
}

export function orderOf(
  options: DirectoryOptions,
  { previous, base, asItIs, startedAt }: Pick<CaptureRequest, "previous" | "base" | "asItIs" | "startedAt">,
  around: Pick<CaptureOrder, "scratch" | "holds" | "keys">,
): CaptureOrder {
  return {
    ...{ ...around, asItIs, startedAt },
    options: withoutKeys(options),
    previous: previous && shortened(previous),
    base: base && { ...base, record: shortened(base.record) },
  };
}

/** A volume source asks a record for its id, its times, its totals and how it was captured. */
function shortened(record: CommitRecord): CommitRecord {
  return { ...record, needs: [], objects: [], warnings: [] };
}
