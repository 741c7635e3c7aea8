/** The `cloud-sql` kind: managed backups of an instance. They are the point; nothing of them goes through this process. */
import { HoldfastError } from "../../domain/errors.ts";
import { DAY, type Milliseconds } from "../../domain/instant.ts";
import { CLOUD_SQL, describeBackup, type ManagedFacts } from "../../domain/managed-backup.ts";
import type { ManagedBackups } from "../../ports/managed-backups.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import type { CloudSqlOptions } from "./options.ts";

export interface CloudSqlContext {
  /** Loads it when it is first asked for. */
  backups: () => Promise<ManagedBackups>;
}

/** The job's own timeout ends it before, where that is shorter. */
const READY_LIMIT: Milliseconds = 2 * DAY;

export function createCloudSqlSource(options: CloudSqlOptions, { backups }: CloudSqlContext): Source {
  return {
    kind: CLOUD_SQL,
    capture: async (request) => capture(options, await backups(), request),
    inspect: async (signal) => inspect(options, await backups(), signal),
  };
}

async function capture(
  { project, instance, location, observe }: CloudSqlOptions,
  backups: ManagedBackups,
  { point, signal }: CaptureRequest,
): Promise<CaptureSummary> {
  if (observe) throw notTakenHere(instance);
  if (point === undefined) {
    throw new HoldfastError("internal", { what: "Backing up an instance", why: "the point has no name" });
  }
  const description = describeBackup({ stack: point.stack, job: point.job, point: point.id });
  const made = await backups.create({ description, location }, { timeout: READY_LIMIT, signal });
  const facts: ManagedFacts = {
    ...{ id: made.id, project, instance },
    ...(made.location === undefined ? {} : { location: made.location }),
  };
  return {
    ...{ kind: "full", needs: [], incomplete: false, warnings: [], warningCount: 0 },
    totals: { entries: 0, files: 0, directories: 0, symlinks: 0, hardlinks: 0, sourceBytes: 0 },
    capture: { backup: facts },
  };
}

async function inspect(
  { instance, observe }: CloudSqlOptions,
  backups: ManagedBackups,
  signal: AbortSignal,
): Promise<string[]> {
  const found = await backups.instance(signal);
  await backups.list(signal);
  return [
    ...(found.isRunning ? [] : [`The instance ${instance} does not run now: no backup of it can be made.`]),
    ...(observe && !found.isBackedUp
      ? [
          `Cloud SQL makes no backups of ${instance} by itself: switch automated backups on, or leave \`observe\` out.`,
        ]
      : []),
    ...(found.hasPointInTime
      ? []
      : [`Point-in-time recovery of ${instance} is off: what is written between two backups can be lost.`]),
  ];
}

function notTakenHere(instance: string): HoldfastError {
  return new HoldfastError("refused", {
    what: `Backing up the instance ${instance}`,
    why: "its backups are made by Cloud SQL's own schedule, and only watched here",
    next: "leave out `observe` to have them made by Holdfast",
  });
}
