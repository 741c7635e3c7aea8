/** Jobs whose points are snapshots of disks: where those are, and what they have not, which is files, or bytes that could be read here. */
import type { Stack } from "../daemon/compose.ts";
import type { SnapshotPlace } from "../daemon/compose-snapshots.ts";
import { allJobs, findJob, type ReadableJob } from "../daemon/find-job.ts";
import { HoldfastError } from "../domain/errors.ts";

type Places = Pick<Stack, "snapshotPlaces" | "managedPlaces">;
type Named = readonly { name: string }[];

export function isOfSnapshots({ snapshotPlaces }: Pick<Places, "snapshotPlaces">, stores: Named): boolean {
  return stores.length > 0 && stores.every(({ name }) => snapshotPlaces.has(name));
}

function isKeptByCloud(places: Places, stores: Named): boolean {
  return isOfSnapshots(places, stores) || stores.some(({ name }) => places.managedPlaces.has(name));
}

/** Asked before anything that reads files. `what` begins the sentence. */
export function assertHasFiles(
  places: Places,
  { job, stores, what }: { job: string; stores: readonly { name: string }[]; what: string },
): void {
  if (!isKeptByCloud(places, stores)) return;
  if (!isOfSnapshots(places, stores)) {
    throw new HoldfastError("usage", {
      what,
      why: `the points of job ${job} are backups that Cloud SQL keeps`,
      next: `\`holdfast restore ${job}\` says how one is restored`,
    });
  }
  throw new HoldfastError("usage", {
    what,
    why: `the points of job ${job} are snapshots of disks`,
    next: `make a disk of one with \`holdfast restore ${job} --to-disk NAME\`, and read there what is needed`,
  });
}

/** The named one, or all; what the cloud keeps of a disk is not read here: a drill proves that it restores. */
export async function jobsWithFiles(
  stack: Stack,
  { name, what, signal }: { name: string | undefined; what: string; signal: AbortSignal },
): Promise<readonly ReadableJob[]> {
  if (name === undefined)
    return (await allJobs(stack, signal)).filter(({ stores }) => !isKeptByCloud(stack, stores));
  const found = await findJob(stack, name, signal);
  assertHasFiles(stack, { job: name, stores: found.stores, what });
  return [found];
}

/** Throws `usage` for a job whose points are something else. */
export function placeOfJob(stack: Stack, job: string): SnapshotPlace {
  const configured = stack.jobs.find((wired) => wired.job.name === job);
  const [only, ...others] = [...stack.snapshotPlaces.values()];
  const place = stack.snapshotPlaces.get(configured?.job.stores[0] ?? "");
  if (place !== undefined) return place;
  // A job that was taken out of the config is where its snapshots are, if there is one place only.
  if (configured === undefined && only !== undefined && others.length === 0) return only;
  throw new HoldfastError("usage", {
    what: "Restoring",
    why: `job ${job} has no snapshots of disks`,
    next: "restore it with --to DIRECTORY or --in-place",
  });
}
