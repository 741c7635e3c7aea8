/** The `gce-disk` kind: snapshots of persistent disks. They are the point; nothing of them goes through this process. */
import { HoldfastError } from "../../domain/errors.ts";
import { DAY, SECOND, toIso, type Milliseconds } from "../../domain/instant.ts";
import { GCE_DISK, snapshotFacts, snapshotTotals } from "../../domain/snapshot-facts.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MissingPermission, PointOfJob, SnapshotProvider } from "../../ports/snapshot-provider.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import { diskKey, disksOf, type KeyedDisk } from "./disks-of.ts";
import type { GceDiskOptions } from "./options.ts";
import { restoreRights } from "./restore-rights.ts";

export interface GceDiskContext {
  /** Loads it when it is first asked for. */
  provider: () => Promise<SnapshotProvider>;
  clock: Clock;
}

/** A first snapshot of a large disk is uploaded for hours. The job's own timeout ends it before, where that is shorter. */
const READY_LIMIT: Milliseconds = 7 * DAY;
/** Well under the 10 s in which a cancelled process ends. */
const REMOVAL_LIMIT: Milliseconds = 5 * SECOND;

export function createGceDiskSource(options: GceDiskOptions, context: GceDiskContext): Source {
  return {
    kind: GCE_DISK,
    holdsItself: "always",
    capture: (request) => capture(options, context, request),
    inspect: (signal) => inspect(options, context, signal),
    remarks: async (signal) => restoreRights(await context.provider(), signal),
  };
}

async function capture(
  options: GceDiskOptions,
  { provider: load, clock }: GceDiskContext,
  request: CaptureRequest,
): Promise<CaptureSummary> {
  const { point, hold, signal } = request;
  if (options.observe !== undefined) throw notTakenHere(options.observe.resourcePolicy);
  if (point === undefined) {
    throw new HoldfastError("internal", { what: "Taking snapshots", why: "the point has no name" });
  }
  const provider = await load();
  const disks = await disksOf(options, provider.machines, signal);
  await assertPossible(provider, { disks, clock, signal });
  const named = { stack: point.stack, job: point.job, point: point.id };
  const take = (until: AbortSignal) => takeSnapshots(options, provider, { named, disks, signal: until });
  try {
    const heldMs = hold === undefined ? await take(signal) : (await hold(take)).heldMs;
    const ready = { timeout: READY_LIMIT, signal };
    const snapshots = await provider.snapshots.awaitReady({ ...named, disks: disks.length }, ready);
    return {
      ...{ kind: "full", needs: [], incomplete: false, warnings: [], warningCount: 0 },
      totals: snapshotTotals(snapshots),
      capture: { snapshots: snapshots.map(snapshotFacts), ...(heldMs === undefined ? {} : { heldMs }) },
    };
  } catch (error) {
    await takeBack(provider, named, clock);
    throw error;
  }
}

/** Held is only until the moment of the snapshots is fixed: how long they are uploaded afterwards disturbs nobody. */
async function takeSnapshots(
  { location, tier, guestFlush, description, key }: GceDiskOptions,
  { snapshots }: SnapshotProvider,
  { named, disks, signal }: { named: PointOfJob; disks: KeyedDisk[]; signal: AbortSignal },
): Promise<undefined> {
  const how = { location, tier, guestFlush, description, key: diskKey(key) };
  await snapshots.create({ ...named, ...how, disks }, signal);
  return undefined;
}

/** Asked before anything is held: nobody is stopped for a snapshot that is refused. */
async function assertPossible(
  { snapshots }: SnapshotProvider,
  { disks, clock, signal }: { disks: KeyedDisk[]; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const from = await snapshots.possibleFrom(disks, signal);
  const wait = from - clock.now();
  if (wait <= 0) return;
  throw new HoldfastError("source", {
    what: `Taking snapshots of ${namesOf(disks)}`,
    why: `Google takes a snapshot of a disk every 10 minutes at most, and the next one is possible at ${toIso(from)}`,
    next: "back up again then",
    transient: true,
    retryAfter: wait,
  });
}

/** What could not be removed in time is no point, and is removed by a later run. */
async function takeBack({ snapshots }: SnapshotProvider, named: PointOfJob, clock: Clock): Promise<void> {
  const stop = new AbortController();
  const ended = new AbortController();
  const limit = clock.sleep(REMOVAL_LIMIT, { signal: ended.signal }).then(
    () => stop.abort(),
    () => undefined,
  );
  const removed = snapshots.remove(named, stop.signal).catch(() => undefined);
  await Promise.race([removed, limit]);
  ended.abort();
}

async function inspect(
  options: GceDiskOptions,
  { provider: load }: GceDiskContext,
  signal: AbortSignal,
): Promise<string[]> {
  const provider = await load();
  const disks = await disksOf(options, provider.machines, signal);
  const isObserved = options.observe !== undefined;
  const { missing, unknown } = await provider.inspect(
    { uses: isObserved ? ["observe"] : ["backup", "prune"], disks },
    signal,
  );
  const needed = missing.filter(({ uses }) => uses.some((use) => use !== "prune"));
  if (needed.length > 0) {
    throw new HoldfastError("source", {
      what: `Asking for the rights on ${namesOf(disks)}`,
      why: `these are missing: ${needed.map(textOf).join(", ")}`,
      next: "grant them to the service account, as docs/gce.md shows",
    });
  }
  const forPrune = missing.filter((one) => !needed.includes(one));
  return [
    ...forPrune.map((one) => `${textOf(one)} is missing: points that retention lets go of stay.`),
    ...unknown,
  ];
}

function textOf({ permission, on }: MissingPermission): string {
  return `${permission} on ${on}`;
}

function namesOf(disks: readonly KeyedDisk[]): string {
  return disks.map(({ name }) => name).join(", ");
}

function notTakenHere(schedule: string): HoldfastError {
  return new HoldfastError("refused", {
    what: "Taking snapshots",
    why: `those of this job are made by Google's schedule ${schedule}, and only watched here`,
    next: "leave out `observe` to take them by Holdfast",
  });
}
