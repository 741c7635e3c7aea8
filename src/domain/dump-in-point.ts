/** What a commit record tells of the dumps in its point. */
import {
  ARCHIVE_OBJECT,
  DETAILS_OBJECT,
  INDEX_OBJECT,
  objectOf,
  storedName,
  type CommitRecord,
} from "./recovery-point.ts";

/** One object that is a dump, with facts of its kind: counts, versions. */
export interface DumpInPoint extends Readonly<Record<string, unknown>> {
  /** Its name, without what encryption adds. */
  object: string;
  /** Before compression. */
  bytes: number;
  /** Of what it was made; undefined: of no single one. */
  database?: string;
  /** Tables, collections, keys; undefined: that cannot be told. */
  objects?: number;
}

/** Those of the point, in the order in which they were made; none of an encrypted one whose details are not known, or of files. */
export function dumpsIn({ capture }: Pick<CommitRecord, "capture">): DumpInPoint[] {
  const { dumps } = capture;
  return Array.isArray(dumps) ? dumps.filter(isDump) : [];
}

/** What a store gave is not trusted to be what was written. */
function isDump(value: unknown): value is DumpInPoint {
  if (typeof value !== "object" || value === null) return false;
  const { object, bytes, database, objects } = value as Record<string, unknown>;
  return (
    typeof object === "string" &&
    typeof bytes === "number" &&
    (database === undefined || typeof database === "string") &&
    (objects === undefined || typeof objects === "number")
  );
}

/** Whether the point's objects are dumps: it has no files, no index of them, and is not one whose data are elsewhere. */
export function holdsDumps(record: Pick<CommitRecord, "objects" | "encryption">): boolean {
  const isOfFiles = [ARCHIVE_OBJECT, INDEX_OBJECT].some((name) => objectOf(record, name) !== undefined);
  return !isOfFiles && record.objects.length > 0;
}

/** Names of the contents that are dumps. */
export function dumpObjectsOf({
  objects,
  encryption,
}: Pick<CommitRecord, "objects" | "encryption">): string[] {
  const ending = storedName("", encryption);
  return objects
    .map(({ name }) => (name.endsWith(ending) ? name.slice(0, name.length - ending.length) : name))
    .filter((name) => name !== DETAILS_OBJECT);
}
