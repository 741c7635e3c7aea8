/** How a point that is snapshots of disks is drilled: a disk is made of each of them, looked at, and deleted. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { DiskRef } from "../domain/disk-snapshot.ts";
import { formatSize } from "../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { diskOf, snapshotsIn, type SnapshotFacts } from "../domain/snapshot-facts.ts";
import type { DiskKey, SnapshotProvider } from "../ports/snapshot-provider.ts";
import type { AppContext } from "./app-context.ts";
import type { DrillFindings, DrillOptions, PointDrill } from "./run-drill.ts";
import { within } from "./within.ts";

export interface DiskDrillOptions {
  provider: () => Promise<SnapshotProvider>;
  /** Of the disks that are made; undefined: where the old ones were, which only zonal ones tell. */
  zone: string | undefined;
  snapshotKey: DiskKey | undefined;
}

type Context = Pick<AppContext, "stack" | "clock">;

/** Well under the 10 s in which a cancelled process ends. */
const REMOVAL_LIMIT: Milliseconds = 5 * SECOND;
/** As the port calls them. */
const JOB_LABEL = "holdfast-job";

export function diskDrill(context: Context, options: DiskDrillOptions): PointDrill {
  return {
    isExclusive: true,
    clean: (job, signal) => clean(context, options, { job, signal }),
    drill: ({ point }, drilling) => drill(context, options, { point, ...drilling }),
  };
}

/** Of this job only: drills of others may be going on. */
async function clean(
  { stack }: Context,
  { provider: load }: DiskDrillOptions,
  { job, signal }: { job: string; signal: AbortSignal },
): Promise<string[]> {
  const { disks, snapshots } = await load();
  const label = snapshots.labelOf(job);
  const left = (await disks.drillDisks(stack, signal)).filter(({ labels }) => labels[JOB_LABEL] === label);
  for (const { disk } of left) await disks.removeDrillDisk(disk, stack, signal);
  return left.map(({ disk }) => `The disk ${disk.name}`);
}

interface Drilling extends DrillOptions {
  point: CatalogPoint;
}

/** One after the other: no more than one is paid for at a time. */
async function drill(
  context: Context,
  options: DiskDrillOptions,
  drilling: Drilling,
): Promise<DrillFindings> {
  const found: DrillFindings = { problems: [], made: [], bytes: 0 };
  const snapshots = snapshotsIn(drilling.point.record);
  const provider = await options.provider();
  for (const [index, snapshot] of snapshots.entries()) {
    const name = `hf-drill-${drilling.reporter.id}-${index + 1}`;
    const disk = { name, zone: await zoneOf(snapshot, provider, { ...options, signal: drilling.signal }) };
    drilling.reporter.progress({ phase: `making a disk of ${snapshot.name}`, files: index, bytes: 0 });
    await drillOne(context, options, { ...drilling, provider, snapshot, disk, found });
  }
  return found;
}

interface OneDisk extends Drilling {
  provider: SnapshotProvider;
  snapshot: SnapshotFacts;
  disk: DiskRef;
  found: DrillFindings;
}

async function drillOne(
  context: Context,
  { snapshotKey }: DiskDrillOptions,
  { point, reporter, phases, signal, provider, snapshot, disk, found }: OneDisk,
): Promise<void> {
  const { stack } = context;
  const request = {
    ...{ stack, job: point.job, point: point.id, disk, snapshot: snapshot.name, snapshotKey },
    ...{ intention: reporter.id, forDrill: true },
  };
  try {
    const made = await phases.measure("making disks", () => provider.disks.create(request, signal));
    found.bytes += made.bytes;
    found.made.push(`${disk.name} (${formatSize(made.bytes)}, ${made.type})`);
    if (made.bytes < snapshot.diskBytes) {
      const sizes = `${formatSize(made.bytes)}, and ${snapshot.disk} had ${formatSize(snapshot.diskBytes)}`;
      found.problems.push(`A disk made of ${snapshot.name} has ${sizes}.`);
    }
  } catch (error) {
    // What failed is told; what is left of it costs money, and is found by the next drill.
    await remove(context, { provider, disk, signal }).catch((left: unknown) =>
      reporter.warn(messageOf(left)),
    );
    throw error;
  }
  await remove(context, { provider, disk, signal });
}

/** Also when the drill was cancelled, which leaves little time for it. */
async function remove(
  { stack, clock }: Context,
  { provider, disk, signal }: { provider: SnapshotProvider; disk: DiskRef; signal: AbortSignal },
): Promise<void> {
  const what = `Deleting the disk ${disk.name} of the drill`;
  if (!signal.aborted) return provider.disks.removeDrillDisk(disk, stack, signal);
  await within({ clock, limit: REMOVAL_LIMIT, what }, (bounded) =>
    provider.disks.removeDrillDisk(disk, stack, bounded),
  );
}

/** A disk of a drill is in one zone, also where the old one is in two. */
async function zoneOf(
  snapshot: SnapshotFacts,
  { machines }: SnapshotProvider,
  { zone, signal }: { zone: string | undefined; signal: AbortSignal },
): Promise<string> {
  if (zone !== undefined) return zone;
  const old = diskOf(snapshot);
  if ("zone" in old) return old.zone;
  const self = await machines.self(signal);
  if (self?.zone.startsWith(`${old.region}-`) === true) return self.zone;
  throw new HoldfastError("usage", {
    what: `Drilling the snapshot ${snapshot.name}`,
    why: `disk ${old.name} is in the region ${old.region}, and a disk of a drill is in one zone`,
    next: "name one with --zone",
  });
}
