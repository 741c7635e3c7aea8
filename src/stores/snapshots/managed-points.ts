/** Managed backups of a database as points: what they are called tells whose they are, and nothing else of them can be written. */
import { CLOUD_SQL, describedBackup, type ManagedFacts } from "../../domain/managed-backup.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { toIso } from "../../domain/instant.ts";
import { COMMIT_RECORD, FORMAT_VERSION, pointId, pointPrefix } from "../../domain/recovery-point.ts";
import type { CommitRecord } from "../../domain/recovery-point.ts";
import type { ManagedBackup, ManagedBackups } from "../../ports/managed-backups.ts";
import type { PointOfJob } from "../../ports/snapshot-provider.ts";
import type { CloudPoints, SnapshotFolder } from "./cloud-points.ts";
import { made, textOf } from "./snapshot-folders.ts";

export interface ManagedJobs {
  stack: string;
  /** Names of those that watch what the vendor's own schedule makes. */
  observed: readonly string[];
  place: Pick<ManagedFacts, "project" | "instance">;
  tool: CommitRecord["tool"];
}

export function managedPoints(backups: ManagedBackups, of: ManagedJobs): CloudPoints {
  return {
    async folders({ job }, signal) {
      const good = (await backups.list(signal)).filter(({ status }) => status === "successful");
      const all = good.flatMap((backup) => pointsOf(backup, of).map((point) => ({ backup, point })));
      return all
        .filter(({ point }) => job === undefined || point.job === job)
        .map(({ backup, point }) => folderOf(backup, point, of));
    },
    async mark(point, marks, signal) {
      if (marks.pinned !== undefined) throw notPinned(point);
      if (marks.committed !== undefined) await backupOf(backups, point, signal);
    },
    async remove(point, signal) {
      const { id } = await backupOf(backups, point, signal);
      await backups.remove(id, signal);
    },
  };
}

/** What a vendor's schedule made is a point of each job that watches it. */
function pointsOf(backup: ManagedBackup, { stack, observed }: ManagedJobs): PointOfJob[] {
  const { isAutomated, id, description, startedAt, endedAt } = backup;
  if (isAutomated) {
    const point = pointId(startedAt ?? endedAt ?? 0, id.slice(-8).padStart(4, "0"));
    return observed.map((job) => ({ stack, job, point }));
  }
  const named = describedBackup(description);
  return named?.stack === stack ? [named] : [];
}

function folderOf(
  backup: ManagedBackup,
  { stack, job, point: id }: PointOfJob,
  of: ManagedJobs,
): SnapshotFolder {
  const prefix = pointPrefix(stack, job, id);
  const { startedAt = 0, endedAt = startedAt } = backup;
  const record: CommitRecord = {
    format: FORMAT_VERSION,
    ...{ id, stack, job, sourceKind: CLOUD_SQL, kind: "full", needs: [], objects: [] },
    startedAt: toIso(startedAt),
    finishedAt: toIso(endedAt),
    totals: NOT_KNOWN,
    capture: { backup: factsOf(backup, of.place) },
    warnings: [],
    warningCount: 0,
    tool: of.tool,
    encryption: null,
  };
  return { job, id, prefix, objects: [made(prefix + COMMIT_RECORD, endedAt, textOf(record))] };
}

/** Cloud SQL does not tell how large a backup is. */
const NOT_KNOWN = {
  ...{ entries: 0, files: 0, directories: 0, symlinks: 0, hardlinks: 0 },
  ...{ sourceBytes: 0, storedBytes: 0 },
};

function factsOf({ id, location }: ManagedBackup, place: ManagedJobs["place"]): ManagedFacts {
  return {
    id,
    project: place.project,
    instance: place.instance,
    ...(location === undefined ? {} : { location }),
  };
}

/** Looked at again before anything is said or done of it: only one that is called as ours, and no schedule's. */
async function backupOf(
  backups: ManagedBackups,
  { stack, job, point }: PointOfJob,
  signal: AbortSignal,
): Promise<ManagedBackup> {
  const found = (await backups.list(signal)).find(({ description, isAutomated, status }) => {
    const named = isAutomated ? undefined : describedBackup(description);
    return named?.stack === stack && named.job === job && named.point === point && status === "successful";
  });
  if (found !== undefined) return found;
  throw new HoldfastError("not-found", {
    what: `Looking for the backup of point ${point}`,
    why: "the instance has none of that description that succeeded",
  });
}

function notPinned({ point }: PointOfJob): HoldfastError {
  return new HoldfastError("unsupported", {
    what: `Pinning point ${point}`,
    why: "Cloud SQL has no place to note that on a backup",
    next: "keep it by the job's retention, or export it with `gcloud sql export`",
  });
}
