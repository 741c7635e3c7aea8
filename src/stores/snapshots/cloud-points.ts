/** Points that a cloud keeps by its own means, as a store shows them. */
import type { SnapshotMark } from "../../domain/disk-snapshot.ts";
import type { Instant } from "../../domain/instant.ts";
import type { PointOfJob } from "../../ports/snapshot-provider.ts";
import type { HoldfastError } from "../../domain/errors.ts";
import type { StoredObject } from "../../ports/store.ts";

export interface CloudPoints {
  /** Of one job, or of all. */
  folders(scope: { job: string | undefined; now: Instant }, signal: AbortSignal): Promise<SnapshotFolder[]>;
  /** Sets, or with undefined takes away, what is to be known of a point wherever it is looked at. */
  mark(
    point: PointOfJob,
    marks: Readonly<Partial<Record<SnapshotMark, Instant | undefined>>>,
    signal: AbortSignal,
  ): Promise<void>;
  /** All of the point, as far as it is ours. */
  remove(point: PointOfJob, signal: AbortSignal): Promise<unknown>;
}

/** An object that nobody stored: its text is made when it is asked for. */
export interface MadeObject extends StoredObject {
  text: () => string;
  /** What is wrong with the point: then nothing that was written of it is true any more. */
  wrong?: HoldfastError | undefined;
}

export interface SnapshotFolder {
  job: string;
  id: string;
  prefix: string;
  /** Those of a point: commit record, pin, proofs. Of what never became one: its snapshots, once nobody waits for them. */
  objects: MadeObject[];
}
