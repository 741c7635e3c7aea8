/** How a point that is snapshots of disks is drilled: a disk is made of each of them, looked at, and deleted. */
import type { DrillCheck } from "../domain/drill-check.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { DiskRef } from "../domain/disk-snapshot.ts";
import { formatSize } from "../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { diskOf, snapshotsIn, type SnapshotFacts } from "../domain/snapshot-facts.ts";
import type { DiskKey, MachineRef, SnapshotProvider } from "../ports/snapshot-provider.ts";
import type { AppContext } from "./app-context.ts";
import { missing } from "./drill/check-files.ts";
import { pathChecks, type PathCheck } from "./drill/disk-checks.ts";
import { drillPlaces, makeDrillPlace, sweepDrillPlaces, type DrillPlace } from "./drill/drill-place.ts";
import { lookAtDisk } from "./drill/look-at-disk.ts";
import { sweepThrowaways } from "./drill/throwaway-container.ts";
import type { DrillFindings, DrillOptions, PointDrill } from "./run-drill.ts";
import { within } from "./within.ts";

export interface DiskDrillOptions {
  provider: () => Promise<SnapshotProvider>;
  /** Of the disks that are made; undefined: where the old ones were, which only zonal ones tell. */
  zone: string | undefined;
  snapshotKey: DiskKey | undefined;
  /** What is looked at on the disks, attached to this machine; undefined: nothing. */
  attach?: AttachedLook | undefined;
}

export interface AttachedLook {
  checks: readonly DrillCheck[];
  /** Directory that the drill's own is made in. */
  scratch: string;
}

type Context = Pick<AppContext, "stack" | "clock" | "runtime" | "processes">;

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

/** Of this job only: drills of others may be going on. What may have a disk mounted goes first. */
async function clean(
  context: Context,
  { provider: load, attach }: DiskDrillOptions,
  { job, signal }: { job: string; signal: AbortSignal },
): Promise<string[]> {
  const { stack, processes } = context;
  const gone: string[] = [];
  if (attach !== undefined) {
    await sweepDrillPlaces(attach.scratch, processes);
    const names = await sweepThrowaways(context, await drillPlaces(attach.scratch), signal);
    gone.push(...names.map((name) => `The container ${name}`));
  }
  const { disks, snapshots } = await load();
  const label = snapshots.labelOf(job);
  const left = (await disks.drillDisks(stack, signal)).filter(({ labels }) => labels[JOB_LABEL] === label);
  for (const { disk, users } of left) {
    for (const machine of users) await disks.detach({ machine, disk }, signal);
    await disks.removeDrillDisk(disk, stack, signal);
  }
  return [...gone, ...left.map(({ disk }) => `The disk ${disk.name}`)];
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
  const { attach } = options;
  if (attach === undefined) return drillEach(context, options, drilling, undefined);
  const place = await makeDrillPlace(attach.scratch, context.processes);
  try {
    const machine = await ownMachine(await options.provider(), drilling.signal);
    const looks: Looks = { machine, place, left: pathChecks(attach.checks) };
    const found = await drillEach(context, options, drilling, looks);
    return { ...found, problems: [...found.problems, ...looks.left.map(({ path }) => missing(path))] };
  } finally {
    await place.remove();
  }
}

/** What is looked at on disks that are attached. */
interface Looks {
  machine: MachineRef;
  place: DrillPlace;
  /** What was on no disk yet. */
  left: readonly PathCheck[];
}

async function drillEach(
  context: Context,
  options: DiskDrillOptions,
  drilling: Drilling,
  looks: Looks | undefined,
): Promise<DrillFindings> {
  const found: DrillFindings = { problems: [], made: [], bytes: 0 };
  const { reporter, signal } = drilling;
  const provider = await options.provider();
  const zone = options.zone ?? looks?.machine.zone;
  for (const [index, snapshot] of snapshotsIn(drilling.point.record).entries()) {
    const name = `hf-drill-${reporter.id}-${index + 1}`;
    const disk = { name, zone: await zoneOf(snapshot, provider, { zone, signal }) };
    reporter.progress({ phase: `making a disk of ${snapshot.name}`, files: index, bytes: 0 });
    await drillOne(context, options, { ...drilling, provider, snapshot, disk, looks, found });
  }
  return found;
}

interface OneDisk extends Drilling {
  provider: SnapshotProvider;
  snapshot: SnapshotFacts;
  disk: DiskRef;
  looks: Looks | undefined;
  found: DrillFindings;
}

async function drillOne(context: Context, { snapshotKey }: DiskDrillOptions, one: OneDisk): Promise<void> {
  const { point, reporter, phases, signal, provider, snapshot, disk, found } = one;
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
    if (one.looks !== undefined) await lookAtIt(context, one, one.looks);
  } catch (error) {
    // What failed is told; what is left of it costs money, and is found by the next drill.
    await remove(context, one).catch((left: unknown) => reporter.warn(messageOf(left)));
    throw error;
  }
  await remove(context, one);
}

/** Writable, as it will be on the bad day: a file system whose log is not written back cannot be read as it was. It is deleted afterwards. */
async function lookAtIt(
  context: Context,
  { point, reporter, phases, signal, provider, disk, snapshot, found }: OneDisk,
  looks: Looks,
): Promise<void> {
  const { machine, place, left } = looks;
  const attachment = { machine, disk, deviceName: disk.name, readOnly: false };
  reporter.progress({ phase: `looking at the disk made of ${snapshot.name}`, files: 0, bytes: found.bytes });
  await phases.measure("attaching", () => provider.disks.attach(attachment, signal));
  const look = { job: point.job, place: place.name, scratch: place.directory, checks: left, signal };
  const warn = (message: string): void => reporter.warn(message);
  const seen = await phases.measure("checking", () =>
    lookAtDisk(context, { ...look, deviceName: disk.name, warn }),
  );
  for (const warning of seen.warnings) warn(warning);
  found.problems.push(...seen.problems.map((problem) => `${snapshot.disk}: ${problem}`));
  looks.left = seen.missing;
}

/** Also when the drill was cancelled, which leaves little time for it. */
async function remove(
  { stack, clock }: Context,
  { provider, disk, looks, signal }: Pick<OneDisk, "provider" | "disk" | "looks" | "signal">,
): Promise<void> {
  const what = `Deleting the disk ${disk.name} of the drill`;
  const removing = async (until: AbortSignal): Promise<void> => {
    if (looks !== undefined) await provider.disks.detach({ machine: looks.machine, disk }, until);
    await provider.disks.removeDrillDisk(disk, stack, until);
  };
  if (!signal.aborted) return removing(signal);
  await within({ clock, limit: REMOVAL_LIMIT, what }, removing);
}

async function ownMachine({ machines }: SnapshotProvider, signal: AbortSignal): Promise<MachineRef> {
  const self = await machines.self(signal);
  if (self !== undefined) return { zone: self.zone, name: self.name };
  throw new HoldfastError("usage", {
    what: "Attaching disks of a drill to this machine",
    why: "no metadata server tells which machine of the cloud this is",
    next: "drill on one of the project's machines, or leave out `attach` and `checks`",
  });
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
