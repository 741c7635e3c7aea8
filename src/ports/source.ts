import type { CaptureMode, CheckResult, DatabaseKind } from "../domain/embedded-database.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { CaptureWarning, CommitRecord, PointTotals } from "../domain/recovery-point.ts";

/** Where a job's data comes from. One instance serves one job; captures of it never overlap. */
export interface Source {
  readonly kind: string;
  /**
   * It calls `hold` for what has to stand still; `always`: also where a job wants all of its capture held, for there is one moment
   * that counts. Of any other the whole capture has to be held by who calls it.
   */
  readonly holdsItself?: boolean | "always" | undefined;
  /**
   * Takes the source's data consistently and pushes it, encoded, into the point's objects. Resolves only when all of it was
   * captured and every check of the source passed (exit status, end marker, emptiness): until then nobody may take the
   * objects for whole. Throws a HoldfastError (`source` and friends) otherwise, and in any case
   * leaves nothing behind. Memory is bounded, whatever the size of the data.
   */
  capture(request: CaptureRequest): Promise<CaptureSummary>;
  /**
   * For `doctor`: throws what would fail a capture now, and gives one sentence for each thing that looks wrong without
   * failing it. Changes nothing and reads no content.
   */
  inspect(signal: AbortSignal): Promise<string[]>;
  /** For `doctor`: one sentence for each thing that is good to know and may be meant so. Changes nothing. */
  remarks?(signal: AbortSignal): Promise<string[]>;
}

export interface CaptureRequest {
  /** Of the backup that it is a part of: for a source whose point is kept elsewhere than in objects, under its name. */
  point?: { stack: string; job: string; id: string } | undefined;
  /** When the point was begun: for a source that takes only what is recent. */
  startedAt?: Instant | undefined;
  /** Opens one object of the point, e.g. `archive.tar.zst`; each name at most once. */
  openObject(name: string): ByteSink;
  /** The commit record of the job's newest point in any store, where there is one. */
  previous: CommitRecord | undefined;
  /** What an incremental point may refer to; without it the point holds everything. */
  base?: CaptureBase | undefined;
  /** Databases are files like any other: whoever wants to know what has happened to one wants it as it is. */
  asItIs?: boolean | undefined;
  /** Holds the services that the job names: given only to a source that `holdsItself`. */
  hold?: Hold | undefined;
  /** Who writes to a place of the source's, so as to be held while something in it is captured that never stands still. */
  freezerOf?: FreezerOf | undefined;
  signal: AbortSignal;
  onProgress?: ((progress: CaptureProgress) => void) | undefined;
  /** Told of each database that was captured, also of a capture that did not pass its check. Must not throw. */
  onDatabase?: ((captured: DatabaseCaptured) => void) | undefined;
}

export interface DatabaseCaptured {
  kind: DatabaseKind;
  mode: CaptureMode;
  /** Undefined: by its rule it is not checked. */
  check: CheckResult | undefined;
}

/** Somebody is held still while `work` runs, and for no longer; the signal also ends it when they were held for too long. */
export type Hold = <T>(
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<{ value: T; heldMs: Milliseconds }>;

/** A directory of this container, or a volume by its full name. */
export type SourcePlace = { directory: string } | { volume: string };

export type FreezerOf = (place: SourcePlace, signal: AbortSignal) => Promise<Freezer>;

/** Nobody can be held: `because` is a clause. */
export type Freezer = { freeze: Hold } | { because: string };

/** An earlier point, whole in every store that this one goes to. A source that only takes fulls ignores it. */
export interface CaptureBase {
  record: CommitRecord;
  /** Local file with the stored bytes of its index, checked against the record. */
  indexPath: string;
  /** Now, by the clock that the record's times are of. */
  now: Instant;
  /** Share, from 0 to 1, of the unchanged files to read and compare all the same. */
  recheck: number;
  /** Seed of the choice which ones: a whole number of 32 bits. */
  seed: number;
}

/**
 * Accepts bytes in order, one write at a time; the promise is the backpressure. Once it has resolved, the chunk's memory is
 * the caller's to use again.
 */
export interface ByteSink {
  write(chunk: Uint8Array): Promise<void>;
}

export interface CaptureProgress {
  files: number;
  /** Content bytes read so far. */
  sourceBytes: number;
  /** Encoded bytes pushed so far. */
  storedBytes: number;
}

export interface CaptureSummary {
  kind: "full" | "incremental";
  /** Ids of the points that hold bytes of this one. */
  needs: string[];
  totals: Omit<PointTotals, "storedBytes">;
  /** Something that should be in the point could not be read at all. */
  incomplete: boolean;
  /** Facts for the commit record. */
  capture: Record<string, unknown>;
  /** At most MAX_RECORDED_WARNINGS. */
  warnings: CaptureWarning[];
  warningCount: number;
}
