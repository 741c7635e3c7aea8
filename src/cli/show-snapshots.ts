/** What a commit record tells of the snapshots of disks that a point is. */
import { formatSize } from "../domain/human-text.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import { snapshotsIn } from "../domain/snapshot-facts.ts";
import { formatTable } from "./table.ts";

/** Empty where there are none. */
export function snapshotsText(record: CommitRecord): string {
  const snapshots = snapshotsIn(record);
  if (snapshots.length === 0) return "";
  return formatTable(snapshots, [
    { title: "SNAPSHOT", value: ({ name }) => name },
    { title: "DISK", value: ({ disk }) => disk },
    { title: "IN", value: ({ zone, region = "" }) => zone ?? region },
    { title: "DISK SIZE", value: ({ diskBytes }) => formatSize(diskBytes), align: "right" },
    {
      title: "STORED",
      value: ({ storageBytes }) => (storageBytes === undefined ? "?" : formatSize(storageBytes)),
      align: "right",
    },
    { title: "KEPT IN", value: ({ locations, tier }) => `${locations.join(", ")} (${tier})` },
  ]);
}
