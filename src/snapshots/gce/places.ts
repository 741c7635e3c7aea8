/** Where disks are, in the API's paths and in the addresses it gives out. */
import type { DiskPlace, DiskRef } from "../../domain/disk-snapshot.ts";
import type { MachineRef } from "../../ports/snapshot-provider.ts";

/** `zones/europe-north1-a` */
export function placeOf(place: DiskPlace): string {
  return "zone" in place ? `zones/${place.zone}` : `regions/${place.region}`;
}

export function diskPath(disk: DiskRef): string {
  return `${placeOf(disk)}/disks/${disk.name}`;
}

export function machinePath({ zone, name }: MachineRef): string {
  return `zones/${zone}/instances/${name}`;
}

/** `the disk data-disk in europe-north1-a` */
export function describeDisk(disk: DiskRef): string {
  return `the disk ${disk.name} in ${"zone" in disk ? disk.zone : disk.region}`;
}

/** Of `https://…/projects/acme/zones/europe-north1-a/disks/data-disk`, whatever stands before. */
export function diskOfUrl(url: string): DiskRef | undefined {
  const [, kind, place = "", name = ""] = /\/(zones|regions)\/([^/]+)\/disks\/([^/]+)$/.exec(url) ?? [];
  if (kind === undefined) return undefined;
  return kind === "zones" ? { zone: place, name } : { region: place, name };
}

export function machineOfUrl(url: string): MachineRef | undefined {
  const [, zone, name] = /\/zones\/([^/]+)\/instances\/([^/]+)$/.exec(url) ?? [];
  return zone === undefined || name === undefined ? undefined : { zone, name };
}

export function lastPart(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

export function sameDisk(a: DiskRef, b: DiskRef): boolean {
  return diskPath(a) === diskPath(b);
}
