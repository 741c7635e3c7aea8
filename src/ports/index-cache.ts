/**
 * Local copies of the newest points' indexes, one a job, so that an incremental run can read the index of the point that it
 * builds on without fetching it. Only a cache: what is lost or damaged is fetched again.
 */
import type { PointObject } from "../domain/recovery-point.ts";
import type { ByteSink } from "./source.ts";

export interface IndexCache {
  /**
   * The path of a local file that holds exactly the object's content, not encrypted, fetched if there is none yet. Throws `damaged`
   * when the fetched bytes are not those, and what the fetch or the disk throws. The file stays until the next call for the job.
   */
  obtain(job: string, object: PointObject, fetch: Fetch): Promise<string>;
  /** Begins a copy of an index that is being written. */
  copy(job: string): IndexCopy;
}

export type Fetch = () => AsyncIterable<Uint8Array>;

/** Never throws: a copy that cannot be made is none. */
export interface IndexCopy extends ByteSink {
  /** The bytes were all of that object's content, and its point exists. */
  keep(object: PointObject): Promise<void>;
  /** Idempotent; nothing after `keep`. */
  discard(): Promise<void>;
}
