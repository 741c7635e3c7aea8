/** What one Holdfast tells another one to capture: an argument of its command line, so without what may be long. */
import type { CommitRecord } from "../../../domain/recovery-point.ts";
import type { CaptureBase, CaptureRequest } from "../../../ports/source.ts";
import type { DirectoryOptions } from "../options.ts";

export interface CaptureOrder {
  options: DirectoryOptions;
  previous: CommitRecord | undefined;
  base: CaptureBase | undefined;
  asItIs?: boolean | undefined;
  /** Directory for copies of databases. */
  scratch: string;
  /** Undefined: nobody can be held for it. */
  holds?: HoldsOrder | undefined;
}

export interface HoldsOrder {
  /** Where what is asked for is answered. */
  directory: string;
  /** The job names services to hold. */
  ofJob: boolean;
}

export function orderOf(
  options: DirectoryOptions,
  { previous, base, asItIs }: Pick<CaptureRequest, "previous" | "base" | "asItIs">,
  around: Pick<CaptureOrder, "scratch" | "holds">,
): CaptureOrder {
  return {
    ...{ ...around, asItIs },
    options: withoutKeys(options),
    previous: previous && shortened(previous),
    base: base && { ...base, record: shortened(base.record) },
  };
}

/** A volume source asks a record for its id, its times, its totals and how it was captured. */
function shortened(record: CommitRecord): CommitRecord {
  return { ...record, needs: [], objects: [], warnings: [] };
}

/** A command line is no place for a secret: without its key a database is captured, but not opened. */
function withoutKeys(options: DirectoryOptions): DirectoryOptions {
  const { embeddedDatabases } = options;
  if (embeddedDatabases === undefined || typeof embeddedDatabases === "string") return options;
  const rules = embeddedDatabases.rules.map((rule) => ({ ...rule, key: undefined }));
  return { ...options, embeddedDatabases: { ...embeddedDatabases, rules } };
}
