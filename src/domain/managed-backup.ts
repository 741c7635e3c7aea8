/** What a commit record tells of a backup that the vendor of a managed database keeps: `show` prints it, a restore goes by it. */
import { isPointId, type CommitRecord } from "./recovery-point.ts";

export const CLOUD_SQL = "cloud-sql";

/** A type, not an interface: it has to fit among facts of any kind. */
export type ManagedFacts = {
  /** The vendor's own. */
  id: string;
  project: string;
  instance: string;
  location?: string;
};

/** Undefined for a point of another kind. */
export function managedBackupIn({ sourceKind, capture }: CommitRecord): ManagedFacts | undefined {
  return sourceKind === CLOUD_SQL ? (capture["backup"] as ManagedFacts | undefined) : undefined;
}

/** What the vendor's own tool does to restore it over the instance that it was taken of. */
export function restoreCommand({ id, project, instance }: ManagedFacts, to = instance): string {
  return `gcloud sql backups restore ${id} --project=${project} --restore-instance=${to} --backup-instance=${instance}`;
}

interface Named {
  stack: string;
  job: string;
  point: string;
}

/** There are no labels on backups: what they are called tells whose they are. */
export function describeBackup({ stack, job, point }: Named): string {
  return `holdfast ${stack}/${job}/${point}`;
}

/** Undefined for one that is not Holdfast's. */
export function describedBackup(description: string | undefined): Named | undefined {
  const [, stack, job, point] = /^holdfast ([^/\s]+)\/([^/\s]+)\/([^/\s]+)$/.exec(description ?? "") ?? [];
  if (stack === undefined || job === undefined || point === undefined || !isPointId(point)) return undefined;
  return { stack, job, point };
}
