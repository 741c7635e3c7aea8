/**
 * Points made of the snapshots that a schedule of the provider takes. Nothing but their times says which of several disks' belong
 * together: each disk's next one begins another point. Pure.
 */
import type { DiskSnapshot } from "./disk-snapshot.ts";
import { pointId } from "./recovery-point.ts";

export interface ObservedSet {
  /** Made of the time of the earliest of them and the provider's id of it: the same whenever it is asked for. */
  point: string;
  /** By their disks' names; one of each. */
  snapshots: readonly DiskSnapshot[];
}

/** Whole ones only, newest first: each of the `disks` has a snapshot in it, and that is ready. */
export function observedSets(snapshots: readonly DiskSnapshot[], disks: number): ObservedSet[] {
  const ready = snapshots.filter(({ status }) => status === "ready");
  const sets: DiskSnapshot[][] = [];
  for (const snapshot of ready.toSorted((a, b) => a.createdAt - b.createdAt)) {
    const last = sets.at(-1);
    const isNext = last === undefined || last.some(({ disk }) => disk.name === snapshot.disk.name);
    if (isNext) sets.push([snapshot]);
    else last.push(snapshot);
  }
  return sets
    .filter((set) => set.length === disks)
    .map(setOf)
    .reverse();
}

function setOf(snapshots: readonly DiskSnapshot[]): ObservedSet {
  const [first] = snapshots as [DiskSnapshot];
  const point = pointId(first.createdAt, suffixOf(first.id));
  return { point, snapshots: snapshots.toSorted((a, b) => (a.disk.name < b.disk.name ? -1 : 1)) };
}

/** Ids of the provider are long numbers: their last digits differ. */
function suffixOf(id: string): string {
  return id
    .replace(/[^0-9a-z]/g, "")
    .slice(-8)
    .padStart(4, "0");
}
