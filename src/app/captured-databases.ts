/** Which files of a point were captured as databases, as the commit records of the points tell that hold their bytes. */
import { toText } from "../archive/byte-path.ts";
import { rawMember, type ContentEntry } from "../archive/index-entry.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";

interface Recorded {
  paths: ReadonlySet<string>;
  /** A record names a limited number. */
  hasMore: boolean;
}

export class CapturedDatabases {
  readonly #own: CommitRecord;
  readonly #records: ReadonlyMap<string, CommitRecord>;
  readonly #read = new Map<string, Recorded>();

  /** Of the point, and of those that it needs. */
  constructor(own: CommitRecord, others: readonly CommitRecord[]) {
    this.#own = own;
    this.#records = new Map([own, ...others].map((record) => [record.id, record]));
  }

  /** Of an entry of the point's index. */
  includes(entry: ContentEntry): boolean {
    const { paths, hasMore } = this.#of(entry.data.point ?? this.#own.id);
    return hasMore || paths.has(toText(rawMember(entry)).text);
  }

  #of(point: string): Recorded {
    const known = this.#read.get(point) ?? recordedIn(this.#records.get(point)?.capture ?? {});
    this.#read.set(point, known);
    return known;
  }
}

/** What a store gave is not trusted to be what was written. */
function recordedIn({ databases, databaseCount }: Readonly<Record<string, unknown>>): Recorded {
  const listed: unknown[] = Array.isArray(databases) ? databases : [];
  const paths = listed.flatMap((each) =>
    typeof each === "object" && each !== null && "path" in each && typeof each.path === "string"
      ? [each.path]
      : [],
  );
  return {
    paths: new Set(paths),
    hasMore: typeof databaseCount === "number" && databaseCount > listed.length,
  };
}
