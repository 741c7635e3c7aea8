/**
 * Snapshots of cloud disks, and which of them are one recovery point. Pure: what a provider lists goes in, points come out.
 * There is no commit record beside a snapshot: its labels are it, and the mark `committed` is set last.
 */
import type { Instant } from "./instant.ts";

/** A disk is in one zone, or copied between two of a region. */
export type DiskPlace = { zone: string } | { region: string };
export type DiskRef = DiskPlace & { name: string };

export type SnapshotStatus = "creating" | "uploading" | "ready" | "failed" | "deleting";

/** A snapshot of one disk, whoever made it. */
export interface DiskSnapshot {
  /** Unique in the project as long as it exists. */
  name: string;
  /** The provider's own, never used twice. */
  id: string;
  /** What it was taken of, which may be gone. */
  disk: DiskRef;
  status: SnapshotStatus;
  createdAt: Instant;
  /** The disk's size: what a disk made of it has at least. */
  diskBytes: number;
  /** What it takes itself: snapshots of a disk share their unchanged blocks. Undefined while nobody knows. */
  storageBytes: number | undefined;
  locations: readonly string[];
  tier: "standard" | "archive";
  /** Undefined where not all of our labels are on it: such a one is never touched. */
  ours: SnapshotOfPoint | undefined;
  /** Name of the schedule at the provider that made it. */
  schedule: string | undefined;
}

/** What our labels tell. */
export interface SnapshotOfPoint {
  /** As labels hold them: the names themselves where those can be labels, else shortened with a digest. */
  stackLabel: string;
  jobLabel: string;
  point: string;
  /** How many snapshots the whole set has. */
  disks: number;
  marks: SnapshotMarks;
}

/** `committed`: the set is whole, was taken as its job wants it, and may be listed. `pinned`: kept from every rule. */
export const SNAPSHOT_MARKS = ["committed", "pinned", "drilled", "drill-failed"] as const;
export type SnapshotMark = (typeof SNAPSHOT_MARKS)[number];
/** By mark, since when. */
export type SnapshotMarks = Readonly<Partial<Record<SnapshotMark, Instant>>>;

/** The snapshots of one point, by the names of their disks. */
export interface SnapshotSet {
  jobLabel: string;
  point: string;
  /** How many there should be. */
  disks: number;
  snapshots: readonly DiskSnapshot[];
  /** Only those that every snapshot of the set bears, with the latest of the times. */
  marks: SnapshotMarks;
  /** Why it cannot be restored, as a clause; undefined for a point. */
  incomplete: string | undefined;
}

/** The sets that the snapshots belong to, those of Holdfast only, newest first. */
export function snapshotSets(snapshots: readonly DiskSnapshot[]): SnapshotSet[] {
  const groups = new Map<string, DiskSnapshot[]>();
  for (const snapshot of snapshots) {
    if (snapshot.ours === undefined) continue;
    const { stackLabel, jobLabel, point } = snapshot.ours;
    const key = `${stackLabel} ${jobLabel} ${point}`;
    groups.set(key, [...(groups.get(key) ?? []), snapshot]);
  }
  return [...groups.values()].flatMap(setOf).sort(byNewestPoint);
}

function setOf(snapshots: DiskSnapshot[]): SnapshotSet[] {
  const first = snapshots[0]?.ours;
  if (first === undefined) return [];
  const { jobLabel, point } = first;
  const sorted = snapshots.toSorted((a, b) => compare(a.disk.name, b.disk.name));
  const disks = Math.max(...sorted.map(({ ours }) => ours?.disks ?? 0));
  const marks = marksOf(sorted);
  return [{ jobLabel, point, disks, snapshots: sorted, marks, incomplete: lackOf(sorted, { disks, marks }) }];
}

function lackOf(
  snapshots: readonly DiskSnapshot[],
  { disks, marks }: Pick<SnapshotSet, "disks" | "marks">,
): string | undefined {
  if (snapshots.length < disks) return `${disks - snapshots.length} of its ${disks} snapshots are missing`;
  if (snapshots.length > disks) return `it has ${snapshots.length} snapshots instead of ${disks}`;
  const unready = snapshots.find(({ status }) => status !== "ready");
  if (unready !== undefined) return `the snapshot ${unready.name} is ${STATUS_WORDS[unready.status]}`;
  return marks.committed === undefined ? "its backup did not come to its end" : undefined;
}

const STATUS_WORDS: Readonly<Record<SnapshotStatus, string>> = {
  creating: "being created",
  uploading: "being uploaded",
  ready: "ready",
  failed: "failed",
  deleting: "being deleted",
};

function marksOf(snapshots: readonly DiskSnapshot[]): SnapshotMarks {
  const marks: Partial<Record<SnapshotMark, Instant>> = {};
  for (const mark of SNAPSHOT_MARKS) {
    const times = snapshots.flatMap(({ ours }) => ours?.marks[mark] ?? []);
    if (times.length === snapshots.length) marks[mark] = Math.max(...times);
  }
  return marks;
}

/** Ids of points begin with their time. */
function byNewestPoint(a: SnapshotSet, b: SnapshotSet): number {
  return compare(b.point, a.point) || compare(a.jobLabel, b.jobLabel);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function sameDiskRef(a: DiskRef, b: DiskRef): boolean {
  if (a.name !== b.name) return false;
  return "zone" in a ? "zone" in b && a.zone === b.zone : "region" in b && a.region === b.region;
}
