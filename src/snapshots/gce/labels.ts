/** Our labels on snapshots: which point one belongs to, and the marks of the point. */
import {
  SNAPSHOT_MARKS,
  type SnapshotMark,
  type SnapshotMarks,
  type SnapshotOfPoint,
} from "../../domain/disk-snapshot.ts";
import { SECOND, toIso, type Instant } from "../../domain/instant.ts";
import type { PointOfJob } from "../../ports/snapshot-provider.ts";
import { labelOf, pointLabel, pointOfLabel } from "./names.ts";

export const STACK = "holdfast-stack";
export const JOB = "holdfast-job";
export const POINT = "holdfast-point";
const DISKS = "holdfast-disks";

export type Labels = Readonly<Record<string, string>>;

export function labelsOf({ stack, job, point }: PointOfJob, disks: number): Labels {
  return { [STACK]: labelOf(stack), [JOB]: labelOf(job), [POINT]: pointLabel(point), [DISKS]: String(disks) };
}

/** Undefined where one of them is missing or is none that we would have written. */
export function readLabels(labels: Labels): SnapshotOfPoint | undefined {
  const { [STACK]: stackLabel, [JOB]: jobLabel, [POINT]: ofPoint = "", [DISKS]: count = "" } = labels;
  const point = pointOfLabel(ofPoint);
  if (stackLabel === undefined || jobLabel === undefined || point === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(count)) return undefined;
  return { stackLabel, jobLabel, point, disks: Number(count), marks: marksIn(labels) };
}

export function isOfPoint(labels: Labels, { stack, job, point }: PointOfJob): boolean {
  const ours = readLabels(labels);
  return ours?.stackLabel === labelOf(stack) && ours.jobLabel === labelOf(job) && ours.point === point;
}

/** Labels with these marks set or taken away; undefined where they are so already. */
export function withMarks(
  labels: Labels,
  marks: Readonly<Partial<Record<SnapshotMark, Instant | undefined>>>,
): Labels | undefined {
  const next: Record<string, string> = { ...labels };
  for (const mark of SNAPSHOT_MARKS) {
    if (!(mark in marks)) continue;
    const at = marks[mark];
    if (at === undefined) delete next[keyOf(mark)];
    else next[keyOf(mark)] = stampOf(at);
  }
  const isSame =
    Object.keys(next).length === Object.keys(labels).length &&
    Object.entries(next).every(([key, value]) => labels[key] === value);
  return isSame ? undefined : next;
}

/** A mark whose time somebody has spoilt is one all the same. */
function marksIn(labels: Labels): SnapshotMarks {
  const marks: Partial<Record<SnapshotMark, Instant>> = {};
  for (const mark of SNAPSHOT_MARKS) {
    const stamp = labels[keyOf(mark)];
    if (stamp !== undefined) marks[mark] = instantOf(stamp);
  }
  return marks;
}

function keyOf(mark: SnapshotMark): string {
  return `holdfast-${mark}`;
}

/** `20261120t030000z` */
function stampOf(at: Instant): string {
  return `${toIso(Math.floor(at / SECOND) * SECOND)
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase()}`;
}

function instantOf(stamp: string): Instant {
  const at = stamp.replace(/^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/, "$1-$2-$3T$4:$5:$6Z");
  return Number.isNaN(Date.parse(at)) ? 0 : Date.parse(at);
}
