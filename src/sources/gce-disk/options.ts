/** What a `kind: gce-disk` source is configured with: persistent disks of Compute Engine, and how snapshots of them are taken. */
import { z } from "zod";
import { Flag } from "../database-options.ts";

const ResourceName = z.string().regex(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/);
const Zone = z
  .string()
  .regex(/^[a-z]+-[a-z]+\d+-[a-z]$/)
  .meta({ expected: "a zone such as europe-north1-a" });
const Region = z
  .string()
  .regex(/^[a-z]+-[a-z]+\d+$/)
  .meta({ expected: "a region such as europe-north1" });
const DiskName = ResourceName.meta({ expected: "the name of a disk, such as data-disk" });

const MountPath = z
  .string()
  .regex(/^\/[^\0]*$/)
  .meta({ expected: "an absolute path such as /source/data" });

const RawKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .meta({ secret: "value", expected: "a key of 32 bytes in base64" });

const Key = z
  .strictObject({
    kmsKeyName: z
      .string()
      .regex(/^projects\/.+\/cryptoKeys\/.+$/)
      .meta({ expected: "the resource name of a key of Cloud KMS" })
      .optional(),
    rawKey: RawKey.optional(),
  })
  .refine(({ kmsKeyName, rawKey }) => (kmsKeyName === undefined) !== (rawKey === undefined))
  .meta({ expected: "a key with kmsKeyName or with rawKey" });

const Disk = z
  .union([
    DiskName.transform((name) => ({ name })),
    z.strictObject({
      name: DiskName,
      zone: Zone.optional(),
      region: Region.optional(),
      key: Key.optional(),
    }),
  ])
  .meta({ expected: "the name of a disk, or a map with its name, zone or region, and key" });

export const GceDiskOptions = z
  .strictObject({
    kind: z.literal("gce-disk"),
    zone: Zone.optional(),
    region: Region.optional(),
    disk: DiskName.optional(),
    disks: z.array(Disk).min(1).meta({ expected: "a list of one or more disks" }).optional(),
    self: Flag.optional(),
    mount: MountPath.optional(),
    location: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/)
      .meta({ expected: "a region or multi-region such as eu" })
      .optional(),
    tier: z.enum(["standard", "archive"]).default("standard"),
    guestFlush: Flag.default(false),
    freeze: z
      .union([Flag, MountPath.transform((path) => [path]), z.array(MountPath).min(1)])
      .meta({ expected: "true with `mount`, or one or more absolute paths such as /source/data" })
      .optional(),
    description: z.string().max(1000).meta({ expected: "text of up to 1,000 characters" }).optional(),
    key: Key.optional(),
    observe: z
      .strictObject({
        resourcePolicy: ResourceName.meta({ expected: "the name of a snapshot schedule" }),
      })
      .optional(),
  })
  .refine(waysToName, {
    path: ["disk"],
    message: "name the disks in one way: `disk`, `disks` or `self: true`",
  })
  .refine(({ self, mount }) => mount === undefined || self === true, {
    path: ["mount"],
    message: "it is of this machine: add `self: true`",
  })
  .refine(({ observe, self }) => observe === undefined || self !== true, {
    path: ["observe"],
    message: "what is watched is named: give `disk` or `disks` instead of `self`",
  })
  .refine(({ freeze, mount }) => freeze !== true || mount !== undefined, {
    path: ["freeze"],
    message: "it is not known what to freeze: name its path, as `freeze: /source/data`",
  })
  .refine(({ freeze, observe }) => observe === undefined || freeze === undefined || freeze === false, {
    path: ["freeze"],
    message: "Google makes these snapshots, and tells nobody before: leave it out",
  })
  .refine(hasPlaces, {
    path: ["zone"],
    message: "each disk is in a zone or in a region: name one of them, for all or by disk",
  })
  .refine((options) => !options.guestFlush || !(options.region !== undefined || anyRegion(options.disks)), {
    path: ["guestFlush"],
    message: "Google flushes guests of zonal disks only: leave it out, and use `quiesce`",
  });
export type GceDiskOptions = z.infer<typeof GceDiskOptions>;

type Named = { name: string; zone?: string | undefined; region?: string | undefined };
interface Places {
  disk?: string | undefined;
  disks?: readonly Named[] | undefined;
  self?: boolean | undefined;
  zone?: string | undefined;
  region?: string | undefined;
}

function waysToName({ disk, disks, self }: Places): boolean {
  return [disk !== undefined, disks !== undefined, self === true].filter(Boolean).length === 1;
}

function hasPlaces({ disk, disks, zone, region }: Places): boolean {
  if (zone !== undefined && region !== undefined) return false;
  const ofAll = zone !== undefined || region !== undefined;
  if (disk !== undefined) return ofAll;
  return (disks ?? []).every((of) =>
    of.zone === undefined && of.region === undefined
      ? ofAll
      : of.zone === undefined || of.region === undefined,
  );
}

function anyRegion(disks: readonly Named[] | undefined): boolean {
  return disks?.some(({ region }) => region !== undefined) ?? false;
}
