/**
 * A recovery point: one complete, immutable, restorable state of a job in a store. It exists exactly when its
 * commit record exists.
 */
import type { Instant } from "./instant.ts";

/** Written into every commit record; readers accept this and every older version. */
export const FORMAT_VERSION = 1;

export const COMMIT_RECORD = "recovery-point.json";
export const ARCHIVE_OBJECT = "archive.tar.zst";
export const INDEX_OBJECT = "files.jsonl.zst";
/** Portable exports of databases, where the job wants them: no restore reads it. */
export const EXPORTS_OBJECT = "exports.tar.zst";
/** Only of an encrypted point: what its commit record would tell of names. */
export const DETAILS_OBJECT = "details.json";
/** Keeps a point from every retention rule while it exists. */
export const PIN_OBJECT = "pin.json";
export const PROOFS_FOLDER = "proofs/";
export const SAMPLES_FOLDER = "samples/";

/** In what a commit record tells of a capture: true of a point of what was there before a restore. */
export const SAFETY = "safety";

export interface PointObject {
  /** Name within the point's folder, e.g. `archive.tar.zst`. */
  name: string;
  /** Stored bytes. */
  size: number;
  /** Lowercase hex SHA-256 of the stored bytes. */
  sha256: string;
  /** Of the seek table that the object ends in, where it does: tells one object from another without reading it. */
  seekTableSha256?: string | undefined;
  /** Of an encrypted object: bytes of its content, and SHA-256 of what is stored before the encrypted content. */
  contentSize?: number | undefined;
  headSha256?: string | undefined;
}

export const ENCRYPTION_KINDS = ["age", "gpg"] as const;
export type EncryptionKind = (typeof ENCRYPTION_KINDS)[number];

/** How a point's objects are encrypted. */
export interface PointEncryption {
  kind: EncryptionKind;
  /** Public keys, or what tells which they are; none: a passphrase. */
  recipients: string[];
}

export interface PointTotals {
  entries: number;
  files: number;
  directories: number;
  symlinks: number;
  hardlinks: number;
  /** FIFOs and device nodes. Absent: none. */
  specials?: number | undefined;
  /** Bytes of file content, before compression. */
  sourceBytes: number;
  /** Bytes in the store, without the commit record. */
  storedBytes: number;
}

/**
 * `silent-change`: the content is another although size, times and inode say that nothing was written. `not-exported`: the database
 * itself is in the point.
 */
export const CAPTURE_PROBLEMS = [
  "grew",
  "shrank",
  "changed",
  "vanished",
  "unreadable",
  "skipped",
  "silent-change",
  "not-exported",
] as const;
export type CaptureProblem = (typeof CAPTURE_PROBLEMS)[number];

/** Something that was backed up, but not exactly as it stood or as it should: the run is then partial. */
export interface CaptureWarning {
  /** Path relative to the source's root. */
  path: string;
  problem: CaptureProblem;
  /** One sentence for a person. */
  message: string;
}

/** The commit record `recovery-point.json`. Times are ISO 8601 in UTC. */
export interface CommitRecord {
  format: number;
  id: string;
  stack: string;
  job: string;
  sourceKind: string;
  kind: "full" | "incremental";
  startedAt: string;
  finishedAt: string;
  /** Ids of the points that hold bytes of this one. */
  needs: string[];
  objects: PointObject[];
  totals: PointTotals;
  /** How the data was captured: facts of the source's kind, for `show`. */
  capture: Record<string, unknown>;
  /** Something that should be in it could not be read at all: an earlier point may hold more. Absent: false. */
  incomplete?: boolean | undefined;
  /** At most MAX_RECORDED_WARNINGS of them; `warningCount` is the true number. */
  warnings: CaptureWarning[];
  warningCount: number;
  tool: { name: string; version: string };
  encryption: PointEncryption | null;
}

export const MAX_RECORDED_WARNINGS = 1000;

/** Where an object of that content is stored: encrypted, its name says so. */
export function storedName(name: string, encryption: Pick<PointEncryption, "kind"> | null): string {
  return encryption === null ? name : `${name}.${encryption.kind}`;
}

/** The object of that content. */
export function objectOf(
  { objects, encryption }: Pick<CommitRecord, "objects" | "encryption">,
  name: string,
): PointObject | undefined {
  return objects.find((object) => object.name === storedName(name, encryption));
}

/** The outcome of one verify or drill of a point, kept beside it as `proofs/<time>.json`. */
export interface Proof {
  format: number;
  operation: "verify" | "drill";
  point: string;
  at: string;
  outcome: "passed" | "failed";
  /** One sentence each; empty when passed. */
  problems: string[];
  /** Of a drill. Absent in those of older versions. */
  measured?: DrillMeasures | undefined;
}

/** What a drill took. */
export interface DrillMeasures {
  /** From the decision until the checks had passed; the phases are its parts. */
  restoreMs: number;
  phases: { name: string; ms: number }[];
  /** What was restored. */
  bytes: number;
}

/**
 * Which parts of a point's objects a sample read, kept beside it as `samples/<time>.json`: no verdict, only what need not be read
 * again soon.
 */
export interface SampleRecord {
  format: number;
  point: string;
  at: string;
  /** Stored bytes `from` to `to`, the latter excluded, along the borders of frames. */
  readings: { object: string; from: number; to: number; at: string }[];
}

/** A point as the catalog knows it in one store. */
export interface CatalogPoint {
  store: string;
  job: string;
  id: string;
  startedAt: Instant;
  finishedAt: Instant;
  record: CommitRecord;
  pinned: boolean;
  /** Newest proof, where there is one. */
  lastProof: Proof | undefined;
}

/**
 * What is written is read back before it is committed, so a point counts as verified until a proof says
 * otherwise.
 */
export function isVerified(point: CatalogPoint): boolean {
  return point.lastProof === undefined || point.lastProof.outcome === "passed";
}

/** It holds what somebody wanted to get rid of, and is restored only by its id. */
export function isSafety({ capture }: Pick<CommitRecord, "capture">): boolean {
  return capture[SAFETY] === true;
}

/** Newest first. The id alone does not tell: of two points of one second, it is the random suffixes that differ. */
export function byNewest(
  a: { id: string; startedAt: Instant },
  b: { id: string; startedAt: Instant },
): number {
  return b.startedAt - a.startedAt || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1);
}

const ID_PATTERN = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-z]{4,16}$/;

/** `20261120T030000Z-7f3a`: sortable by the second of the start, unique by its random suffix. */
export function pointId(startedAt: Instant, suffix: string): string {
  const compact = new Date(startedAt).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  return `${compact}-${suffix}`;
}

export function isPointId(text: string): boolean {
  return ID_PATTERN.test(text);
}

/** `<stack>/`: everything of one stack; the trailing slash keeps `web` from matching `web-2`. */
export function stackPrefix(stack: string): string {
  return `${stack}/`;
}

export function jobPrefix(stack: string, job: string): string {
  return `${stack}/${job}/`;
}

export function pointPrefix(stack: string, job: string, id: string): string {
  return `${stack}/${job}/${id}/`;
}
