/** A snapshot as the port tells it. */
import type { DiskSnapshot, SnapshotStatus } from "../../domain/disk-snapshot.ts";
import { readLabels } from "./labels.ts";
import { diskOfUrl, lastPart } from "./places.ts";
import type { Snapshot } from "./resources.ts";

export const GIB = 2 ** 30;

export function describeSnapshot(snapshot: Snapshot): DiskSnapshot {
  const { id, name, status, storageBytes, sourceSnapshotSchedulePolicy: schedule } = snapshot;
  return {
    ...{ id, name, storageBytes },
    // An address that is none of a disk's is shown as it is.
    disk: diskOfUrl(snapshot.sourceDisk) ?? { zone: "", name: snapshot.sourceDisk },
    status: STATUS[status],
    createdAt: Date.parse(snapshot.creationTimestamp),
    diskBytes: snapshot.diskSizeGb * GIB,
    locations: snapshot.storageLocations,
    tier: snapshot.snapshotType === "ARCHIVE" ? "archive" : "standard",
    ours: readLabels(snapshot.labels),
    schedule: schedule === undefined ? undefined : lastPart(schedule),
  };
}

const STATUS: Readonly<Record<Snapshot["status"], SnapshotStatus>> = {
  CREATING: "creating",
  UPLOADING: "uploading",
  READY: "ready",
  FAILED: "failed",
  DELETING: "deleting",
};
