/** What a point that is snapshots of disks has not: files, or bytes that could be read here. */
import type { Stack } from "../daemon/compose.ts";
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
