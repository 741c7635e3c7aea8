/** A disk as the port tells it. */
import { HoldfastError } from "../../domain/errors.ts";
import type { CloudDisk } from "../../ports/snapshot-provider.ts";
import { GIB } from "./describe-snapshot.ts";
import { diskOfUrl, lastPart, machineOfUrl } from "./places.ts";
import type { Disk } from "./resources.ts";

export function describeDiskResource(disk: Disk): CloudDisk {
  const ref = diskOfUrl(disk.selfLink);
  if (ref === undefined) {
    const why = `the API names a disk by ${disk.selfLink}`;
    throw new HoldfastError("store", { what: "Reading a disk", why, next: "check `endpoint`" });
  }
  return {
    ...{ disk: ref, id: disk.id, labels: disk.labels },
    type: lastPart(disk.type),
    bytes: disk.sizeGb * GIB,
    createdAt: Date.parse(disk.creationTimestamp),
    users: disk.users.map(machineOfUrl).filter((user) => user !== undefined),
    schedules: disk.resourcePolicies.map(lastPart),
    kmsKeyName: disk.diskEncryptionKey?.kmsKeyName,
  };
}
