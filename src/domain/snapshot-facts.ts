/** What a commit record tells of snapshots of disks, in its `capture`: `show` prints it, a restore goes by it. */
import type { DiskRef, DiskSnapshot } from "./disk-snapshot.ts";
import type { CommitRecord, PointTotals } from "./recovery-point.ts";

export const GCE_DISK = "gce-disk";

/** A type, not an interface: it has to fit among facts of any kind. */
export type SnapshotFacts = {
  name: string;
  /** Name of the disk that it was taken of, and the zone or region of that. */
  disk: string;
  zone?: string;
  region?: string;
  diskBytes: number;
  /** Absent while the provider does not know it yet. */
  storageBytes?: number;
  locations: string[];
  tier: DiskSnapshot["tier"];
  /** Of the provider's that made it. */
  schedule?: string;
};

export function snapshotFacts(snapshot: DiskSnapshot): SnapshotFacts {
  const { name, disk, diskBytes, storageBytes, locations, tier, schedule } = snapshot;
  return {
    ...{ name, disk: disk.name, diskBytes, locations: [...locations], tier },
    ...("zone" in disk ? { zone: disk.zone } : { region: disk.region }),
    ...(storageBytes === undefined ? {} : { storageBytes }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

/** Those in a commit record; none in that of a point of another kind. */
export function snapshotsIn({ sourceKind, capture }: CommitRecord): SnapshotFacts[] {
  const { snapshots } = capture;
  return sourceKind === GCE_DISK && Array.isArray(snapshots) ? (snapshots as SnapshotFacts[]) : [];
}

export function diskOf({ disk, zone, region }: SnapshotFacts): DiskRef {
  return zone === undefined ? { name: disk, region: region ?? "" } : { name: disk, zone };
}

/** The disks' sizes, and what is stored as far as it is known: snapshots of a disk share their unchanged blocks. */
export function snapshotTotals(snapshots: readonly DiskSnapshot[]): PointTotals {
  return {
    ...{ entries: 0, files: 0, directories: 0, symlinks: 0, hardlinks: 0 },
    sourceBytes: snapshots.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    storedBytes: snapshots.reduce((sum, { storageBytes }) => sum + (storageBytes ?? 0), 0),
  };
}
