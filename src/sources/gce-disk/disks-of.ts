/** Which disks a source means. */
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { CloudMachines, DiskKey } from "../../ports/snapshot-provider.ts";
import type { GceDiskOptions } from "./options.ts";

/** A disk, and what it is encrypted with where that is the user's own. */
export type KeyedDisk = DiskRef & { key?: DiskKey | undefined };

/** Undefined where only the machine itself knows them. */
export function namedDisks({ disk, disks, zone, region }: GceDiskOptions): KeyedDisk[] | undefined {
  if (disk !== undefined) return [{ name: disk, ...placeOf({ zone, region }) }];
  return disks?.map((of) => {
    const key = "key" in of ? diskKey(of.key) : undefined;
    const own = "zone" in of || "region" in of ? { zone: of.zone, region: of.region } : {};
    const isPlaced = own.zone !== undefined || own.region !== undefined;
    const place = placeOf(isPlaced ? own : { zone, region });
    return { name: of.name, ...place, ...(key === undefined ? {} : { key }) };
  });
}

/** Throws where the machine has none, or nobody can tell which one holds the path. */
export async function disksOf(
  options: GceDiskOptions,
  machines: CloudMachines,
  signal: AbortSignal,
): Promise<KeyedDisk[]> {
  const named = namedDisks(options);
  if (named !== undefined) return named;
  if (options.mount !== undefined) {
    return (await machines.disksBehind(options.mount, signal)).map(({ disk }) => disk);
  }
  const self = await machines.self(signal);
  if (self === undefined) {
    throw new HoldfastError("source", {
      what: "Finding the disks of this machine",
      why: "it is no virtual machine of Compute Engine, or its metadata server does not answer",
      next: "name the disks by `disk` or `disks` instead of `self`",
    });
  }
  return (await machines.describe(self, signal)).disks.map(({ disk }) => disk);
}

export function diskKey(
  key: { kmsKeyName?: string | undefined; rawKey?: string | undefined } | undefined,
): DiskKey | undefined {
  if (key?.kmsKeyName !== undefined) return { kmsKeyName: key.kmsKeyName };
  return key?.rawKey === undefined ? undefined : { rawKey: key.rawKey };
}

function placeOf({ zone, region }: { zone?: string | undefined; region?: string | undefined }) {
  return zone === undefined ? { region: region ?? "" } : { zone };
}
