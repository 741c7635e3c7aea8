/** What the Cloud SQL Admin API answers, as far as it is read. https://cloud.google.com/sql/docs/postgres/admin-api/rest */
import { z } from "zod";
import type { ManagedBackup, ManagedInstance } from "../../ports/managed-backups.ts";

export const OperationErrors = z.object({
  errors: z.array(z.object({ code: z.string().default(""), message: z.string().default("") })).default([]),
});

export const Operation = z.object({
  name: z.string(),
  status: z.string(),
  error: OperationErrors.optional(),
});
export type Operation = z.infer<typeof Operation>;

export const BackupRun = z.object({
  id: z.string(),
  status: z.string(),
  type: z.string().optional(),
  description: z.string().optional(),
  enqueuedTime: z.string().optional(),
  startTime: z.string().optional(),
  endTime: z.string().optional(),
  location: z.string().optional(),
  error: z.object({ code: z.string().default(""), message: z.string().default("") }).optional(),
});
export type BackupRun = z.infer<typeof BackupRun>;

export const Instance = z.object({
  databaseVersion: z.string().default(""),
  region: z.string().default(""),
  state: z.string().default(""),
  settings: z
    .object({
      backupConfiguration: z
        .object({
          enabled: z.boolean().optional(),
          binaryLogEnabled: z.boolean().optional(),
          pointInTimeRecoveryEnabled: z.boolean().optional(),
        })
        .default({}),
    })
    .default({ backupConfiguration: {} }),
});

const STATUS: Readonly<Record<string, ManagedBackup["status"]>> = {
  ENQUEUED: "running",
  OVERDUE: "running",
  RUNNING: "running",
  SUCCESSFUL: "successful",
  FAILED: "failed",
};

export function backupOf(run: BackupRun): ManagedBackup {
  const { id, status, type, description, startTime, enqueuedTime, endTime, location, error } = run;
  return {
    ...{ id, description, location, error: error && (error.message || error.code) },
    status: STATUS[status] ?? "other",
    isAutomated: type === "AUTOMATED",
    startedAt: timeOf(startTime ?? enqueuedTime),
    endedAt: timeOf(endTime),
  };
}

export function instanceOf({
  databaseVersion,
  region,
  state,
  settings,
}: z.infer<typeof Instance>): ManagedInstance {
  const { enabled, binaryLogEnabled, pointInTimeRecoveryEnabled } = settings.backupConfiguration;
  return {
    ...{ version: databaseVersion, region, isRunning: state === "RUNNABLE" },
    isBackedUp: enabled === true,
    hasPointInTime: pointInTimeRecoveryEnabled === true || binaryLogEnabled === true,
  };
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}
