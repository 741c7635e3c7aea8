/** Makes disks from the snapshots of a point, and attaches them where that is asked for. What is there stays as it is. */
import { HoldfastError } from "../domain/errors.ts";
import type { DiskPlace, DiskRef } from "../domain/disk-snapshot.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { diskOf, snapshotsIn, type SnapshotFacts } from "../domain/snapshot-facts.ts";
import type {
  Attachment,
  CloudDisk,
  DiskKey,
  MachineRef,
  SnapshotProvider,
} from "../ports/snapshot-provider.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { PointChoice } from "./find-point.ts";
import { locatePoint } from "./locate-point.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";

export interface DiskRestoreRequest {
  job: string;
  store: Store;
  provider: () => Promise<SnapshotProvider>;
  choice: PointChoice;
  /** Of the one disk that is made; where a point has several and none is chosen, each one's own name is added. */
  name: string;
  /** The one of the point's disks that is wanted; undefined: all. */
  disk: string | undefined;
  /** Where the new disks are; undefined: where the old ones were. */
  place: (DiskPlace & { replicaZones?: readonly string[] | undefined }) | undefined;
  type: string | undefined;
  attach: AttachRequest | undefined;
  snapshotKey?: DiskKey | undefined;
  /** Done with the disks once all are made, as a part of the restore. */
  afterwards?: ((disks: readonly RestoredDisk[]) => Promise<void>) | undefined;
  signal: AbortSignal;
}

export interface AttachRequest {
  machine: string;
  /** Of the machine; undefined: that of the disk. */
  zone: string | undefined;
  /** As the machine sees it; of several disks, each one's own name is added. */
  deviceName: string | undefined;
  readOnly: boolean;
}

export interface RestoredDisk {
  disk: CloudDisk;
  /** Of the disk that the snapshot is of. */
  from: string;
  snapshot: string;
  attached: Attachment | undefined;
}

export interface DiskRestoreReport extends RunReport {
  restored: CatalogPoint;
  disks: RestoredDisk[];
}

/** Rejects never; see performRun. A disk that was made before something failed is named by the error's sentence and stays. */
export async function restoreDisks(
  context: AppContext,
  request: DiskRestoreRequest,
): Promise<FinishedRun<DiskRestoreReport>> {
  const { job, store, signal } = request;
  return performRun(context, { job, operation: "restore", trigger: "command" }, async (reporter) => {
    const { catalog, stack } = context;
    const stores = [store];
    const { copies, warnings } = await locatePoint({ ...request, catalog, stack, stores });
    for (const warning of warnings) reporter.warn(warning);
    const [{ point }] = copies;
    const use = await context.locks.use(store, { operation: "restore", points: [point.id], signal });
    try {
      const wanted = wantedOf(request, point);
      const disks = await makeAll(context, { ...request, signal: use.signal }, { point, wanted, reporter });
      await request.afterwards?.(disks);
      const isWhole = wanted.length === snapshotsIn(point.record).length;
      return {
        outcome: warnings.length === 0 ? "succeeded" : "partial",
        reason: warnings[0],
        point: point.id,
        ...(isWhole ? { sourceBytes: point.record.totals.sourceBytes } : {}),
        warningCount: warnings.length,
        details: { disks: disks.map(({ disk }) => disk.disk), attached: request.attach?.machine },
        restored: point,
        disks,
      };
    } finally {
      await use.release();
    }
  });
}

function wantedOf({ disk, job }: DiskRestoreRequest, { id, record }: CatalogPoint): SnapshotFacts[] {
  const all = snapshotsIn(record);
  const wanted = disk === undefined ? all : all.filter((one) => one.disk === disk);
  if (wanted.length > 0) return wanted;
  throw new HoldfastError("not-found", {
    what: `Restoring disk ${disk ?? ""} of job ${job}`,
    why: `point ${id} has no snapshot of it`,
    next: `name one of ${all.map((one) => one.disk).join(", ")}`,
  });
}

interface Making {
  point: CatalogPoint;
  wanted: readonly SnapshotFacts[];
  reporter: RunReporter;
}

async function makeAll(
  context: AppContext,
  request: DiskRestoreRequest,
  { point, wanted, reporter }: Making,
): Promise<RestoredDisk[]> {
  const provider = await request.provider();
  const isOne = wanted.length === 1;
  const made: RestoredDisk[] = [];
  try {
    for (const snapshot of wanted) {
      const name = isOne ? request.name : `${request.name}-${snapshot.disk}`;
      const ref = newDisk(name, snapshot, request.place);
      reporter.progress({ phase: `making disk ${name}`, files: made.length, bytes: 0 });
      const disk = await provider.disks.create(
        {
          ...{ stack: context.stack, job: point.job, point: point.id, disk: ref },
          ...{ snapshot: snapshot.name, intention: reporter.id, type: request.type, forDrill: false },
          ...{ replicaZones: request.place?.replicaZones, snapshotKey: request.snapshotKey },
        },
        request.signal,
      );
      const restored: RestoredDisk = {
        disk,
        from: snapshot.disk,
        snapshot: snapshot.name,
        attached: undefined,
      };
      made.push(restored);
      if (request.attach === undefined) continue;
      const attachment = attachmentOf(request.attach, restored, isOne);
      reporter.progress({ phase: `attaching disk ${name}`, files: made.length, bytes: 0 });
      await provider.disks.attach(attachment, request.signal);
      restored.attached = attachment;
    }
    return made;
  } catch (error) {
    throw withMade(error, made);
  }
}

function newDisk(name: string, snapshot: SnapshotFacts, place: DiskRestoreRequest["place"]): DiskRef {
  if (place === undefined) return { ...diskOf(snapshot), name };
  return "zone" in place ? { name, zone: place.zone } : { name, region: place.region };
}

function attachmentOf(
  { machine: name, zone, deviceName, readOnly }: AttachRequest,
  { disk: { disk }, from }: RestoredDisk,
  isOne: boolean,
): Attachment {
  const machine: MachineRef = { name, zone: zone ?? ("zone" in disk ? disk.zone : "") };
  if (machine.zone === "") {
    throw new HoldfastError("usage", {
      what: `Attaching disk ${disk.name} to ${name}`,
      why: "the disk is in a region, and the zone of the machine is not known",
      next: "name it with --attach ZONE/VM",
    });
  }
  const device = deviceName === undefined ? from : isOne ? deviceName : `${deviceName}-${from}`;
  return { machine, disk, deviceName: device, readOnly };
}

/** What was made costs money: whoever reads of the failure learns of it. */
function withMade(error: unknown, made: readonly RestoredDisk[]): unknown {
  if (made.length === 0 || !(error instanceof HoldfastError)) return error;
  const names = made.map(({ disk }) => disk.disk.name).join(", ");
  const { next, ...facts } = error.facts;
  const stays = `what was made so far stays: ${names}`;
  return new HoldfastError(error.code, { ...facts, next: next === undefined ? stays : `${next}; ${stays}` });
}
