/** The commit record of a point that is snapshots of disks, made of what the provider says of them. */
import type { DiskSnapshot } from "../../domain/disk-snapshot.ts";
import { toIso, type Instant } from "../../domain/instant.ts";
import { FORMAT_VERSION, type CommitRecord } from "../../domain/recovery-point.ts";
import { GCE_DISK, snapshotFacts, snapshotTotals } from "../../domain/snapshot-facts.ts";

export interface PointOfSnapshots {
  stack: string;
  job: string;
  id: string;
  snapshots: readonly DiskSnapshot[];
  /** When it came to exist as a point; undefined: with the last of its snapshots. */
  committedAt: Instant | undefined;
}

export function recordOf(point: PointOfSnapshots, tool: CommitRecord["tool"]): CommitRecord {
  const { stack, job, id, snapshots } = point;
  const times = snapshots.map(({ createdAt }) => createdAt);
  return {
    format: FORMAT_VERSION,
    ...{ id, stack, job, sourceKind: GCE_DISK, kind: "full", needs: [], objects: [] },
    startedAt: toIso(Math.min(...times)),
    finishedAt: toIso(Math.max(...times, point.committedAt ?? 0)),
    totals: snapshotTotals(snapshots),
    capture: { snapshots: snapshots.map(snapshotFacts) },
    warnings: [],
    warningCount: 0,
    tool,
    encryption: null,
  };
}
