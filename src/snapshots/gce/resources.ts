/** What is read of the API's answers. https://cloud.google.com/compute/docs/reference/rest/v1 */
import { z } from "zod";

const Labels = z.record(z.string(), z.string()).default({});
/** 64 bits as text. */
const Int64 = z.coerce.number();

export const Operation = z.object({
  name: z.string(),
  status: z.string(),
  targetId: z.string().optional(),
  targetLink: z.string().default(""),
  httpErrorStatusCode: z.number().optional(),
  httpErrorMessage: z.string().optional(),
  error: z
    .object({
      errors: z
        .array(z.object({ code: z.string().default(""), message: z.string().default("") }))
        .default([]),
    })
    .optional(),
});
export type Operation = z.infer<typeof Operation>;

export const Snapshot = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(["CREATING", "DELETING", "FAILED", "READY", "UPLOADING"]),
  creationTimestamp: z.string(),
  sourceDisk: z.string().default(""),
  diskSizeGb: Int64,
  storageBytes: Int64.optional(),
  storageLocations: z.array(z.string()).default([]),
  snapshotType: z.string().default("STANDARD"),
  labels: Labels,
  labelFingerprint: z.string().default(""),
  sourceSnapshotSchedulePolicy: z.string().optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Disk = z.object({
  id: z.string(),
  name: z.string(),
  selfLink: z.string(),
  status: z.string(),
  type: z.string().default(""),
  sizeGb: Int64,
  creationTimestamp: z.string(),
  labels: Labels,
  users: z.array(z.string()).default([]),
  resourcePolicies: z.array(z.string()).default([]),
  sourceSnapshot: z.string().optional(),
  diskEncryptionKey: z.object({ kmsKeyName: z.string().optional() }).optional(),
  sourceImage: z.string().optional(),
});
export type Disk = z.infer<typeof Disk>;

export const Instance = z.object({
  name: z.string(),
  status: z.string(),
  machineType: z.string(),
  labels: Labels,
  tags: z.object({ items: z.array(z.string()).default([]) }).default({ items: [] }),
  deletionProtection: z.boolean().default(false),
  serviceAccounts: z
    .array(z.object({ email: z.string(), scopes: z.array(z.string()).default([]) }))
    .default([]),
  networkInterfaces: z
    .array(
      z.object({
        network: z.string().default(""),
        subnetwork: z.string().optional(),
        networkIP: z.string().optional(),
        accessConfigs: z.array(z.object({ natIP: z.string().optional() })).default([]),
      }),
    )
    .default([]),
  disks: z
    .array(
      z.object({
        source: z.string().optional(),
        deviceName: z.string(),
        boot: z.boolean().default(false),
        mode: z.string().default("READ_WRITE"),
        autoDelete: z.boolean().default(false),
        diskSizeGb: Int64.default(0),
      }),
    )
    .default([]),
});
export type Instance = z.infer<typeof Instance>;

export const ResourcePolicy = z.object({
  name: z.string(),
  snapshotSchedulePolicy: z
    .object({
      schedule: z
        .object({
          dailySchedule: z
            .object({ daysInCycle: z.number().default(1), startTime: z.string().default("") })
            .optional(),
        })
        .default({}),
      retentionPolicy: z
        .object({ maxRetentionDays: z.number().optional(), onSourceDiskDelete: z.string().optional() })
        .default({}),
      snapshotProperties: z
        .object({ storageLocations: z.array(z.string()).default([]), guestFlush: z.boolean().default(false) })
        .default({ storageLocations: [], guestFlush: false }),
    })
    .optional(),
});
export type ResourcePolicy = z.infer<typeof ResourcePolicy>;

export const Granted = z.object({ permissions: z.array(z.string()).default([]) });
