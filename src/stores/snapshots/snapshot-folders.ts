/** The points that a provider's snapshots are, each with the objects that a store would hold of it. */
import { createHash } from "node:crypto";
import { snapshotSets, type DiskRef, type SnapshotSet } from "../../domain/disk-snapshot.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { DAY, toIso, type Instant, type Milliseconds } from "../../domain/instant.ts";
import { observedSets } from "../../domain/observed-snapshots.ts";
import { COMMIT_RECORD, FORMAT_VERSION, PIN_OBJECT, pointPrefix } from "../../domain/recovery-point.ts";
import { PROOFS_FOLDER, type CommitRecord, type Proof } from "../../domain/recovery-point.ts";
import type { PointSnapshots, SnapshotProvider } from "../../ports/snapshot-provider.ts";
import type { CloudPoints, MadeObject, SnapshotFolder } from "./cloud-points.ts";
import { recordOf, type PointOfSnapshots } from "./record-of-snapshots.ts";

export interface SnapshotJobs {
  /** Names of the jobs that have snapshots taken. */
  taken: readonly string[];
  /** Those whose snapshots a schedule of the provider takes, by name. */
  observed: Readonly<Record<string, ObservedJob>>;
}

export interface ObservedJob {
  schedule: string;
  disks: readonly DiskRef[];
}

interface Listing {
  snapshots: PointSnapshots;
  stack: string;
  /** Undefined: all of them. */
  job: string | undefined;
  jobs: SnapshotJobs;
  tool: CommitRecord["tool"];
  now: Instant;
  signal: AbortSignal;
}

/** Snapshots of disks as points. */
export function diskPoints(
  provider: SnapshotProvider,
  of: Pick<Listing, "stack" | "jobs" | "tool">,
): CloudPoints {
  const { snapshots } = provider;
  return {
    folders: (scope, signal) => snapshotFolders({ ...of, ...scope, snapshots, signal }),
    mark: (...asked) => snapshots.mark(...asked),
    remove: (...asked) => snapshots.remove(...asked),
  };
}

/**
 * What was not committed may be another machine's that is on its way still: snapshots of a large disk take hours to be uploaded.
 * Older than this, nobody waits for them any more.
 */
const ABANDONED_AFTER: Milliseconds = 2 * DAY;

async function snapshotFolders(listing: Listing): Promise<SnapshotFolder[]> {
  const { job, jobs } = listing;
  const isAsked = (name: string) => job === undefined || job === name;
  const observed = Object.entries(jobs.observed).filter(([name]) => isAsked(name));
  const folders = await Promise.all(observed.map(([name, of]) => foldersOfSchedule(listing, name, of)));
  const isOnlyObserved = job !== undefined && job in jobs.observed;
  return [...(isOnlyObserved ? [] : await ownFolders(listing)), ...folders.flat()];
}

async function ownFolders(listing: Listing): Promise<SnapshotFolder[]> {
  const { snapshots, stack, job, jobs, signal } = listing;
  const names = new Map(jobs.taken.map((name) => [snapshots.labelOf(name), name]));
  const found = await snapshots.list(job === undefined ? { stack } : { stack, job }, signal);
  return snapshotSets(found).map((set) =>
    folderOfSet(listing, names.get(set.jobLabel) ?? job ?? set.jobLabel, set),
  );
}

function folderOfSet(listing: Listing, job: string, set: SnapshotSet): SnapshotFolder {
  const { stack, now } = listing;
  const prefix = pointPrefix(stack, job, set.point);
  const folder = { job, id: set.point, prefix, objects: [] };
  const wasCommitted = set.snapshots.some(({ ours }) => ours?.marks.committed !== undefined);
  if (set.incomplete !== undefined && !wasCommitted) {
    const isAbandoned = set.snapshots.every(
      ({ status, createdAt }) => status === "failed" || now - createdAt > ABANDONED_AFTER,
    );
    return isAbandoned ? { ...folder, objects: leftoversOf(prefix, set) } : folder;
  }
  const point = {
    ...{ stack, job, id: set.point, snapshots: set.snapshots },
    committedAt: set.marks.committed,
  };
  return { ...folder, objects: objectsOf(prefix, point, { listing, set }) };
}

function leftoversOf(prefix: string, { snapshots }: SnapshotSet): MadeObject[] {
  return snapshots.map(({ name, createdAt, storageBytes }) => ({
    ...{ key: `${prefix}${name}`, size: storageBytes ?? 0, modifiedAt: createdAt },
    text: () => "",
  }));
}

function objectsOf(
  prefix: string,
  point: PointOfSnapshots,
  { listing, set }: { listing: Listing; set: SnapshotSet },
): MadeObject[] {
  const { committed = listing.now, pinned, drilled, "drill-failed": failed } = set.marks;
  const record = set.incomplete === undefined ? textOf(recordOf(point, listing.tool)) : broken(prefix, set);
  const proofs = [proofOf(point.id, "passed", drilled), proofOf(point.id, "failed", failed)];
  return [
    made(prefix + COMMIT_RECORD, committed, record),
    ...(pinned === undefined
      ? []
      : [made(prefix + PIN_OBJECT, pinned, textOf({ format: 1, pinnedAt: toIso(pinned) }))]),
    ...proofs.flatMap((proof) =>
      proof === undefined
        ? []
        : [made(prefix + PROOFS_FOLDER + proofName(proof.at), Date.parse(proof.at), textOf(proof))],
    ),
  ];
}

/** Of a drill whose own words are not at hand. */
function proofOf(point: string, outcome: Proof["outcome"], at: Instant | undefined): Proof | undefined {
  if (at === undefined) return undefined;
  const problems = outcome === "failed" ? ["A drill of it has failed: see the log of that day."] : [];
  return { format: FORMAT_VERSION, operation: "drill", point, at: toIso(at), outcome, problems };
}

/** As proofs are named everywhere, so that the newest one sorts last. */
function proofName(at: string): string {
  return `${at.replace(/[-:.]/g, "")}.json`;
}

async function foldersOfSchedule(
  listing: Listing,
  job: string,
  { schedule, disks }: ObservedJob,
): Promise<SnapshotFolder[]> {
  const { snapshots, stack, tool, signal } = listing;
  const found = await snapshots.listScheduled({ schedule, disks }, signal);
  return observedSets(found, disks.length).map(({ point: id, snapshots: ofPoint }) => {
    const prefix = pointPrefix(stack, job, id);
    const text = textOf(recordOf({ stack, job, id, snapshots: ofPoint, committedAt: undefined }, tool));
    const last = Math.max(...ofPoint.map(({ createdAt }) => createdAt));
    return { job, id, prefix, objects: [made(prefix + COMMIT_RECORD, last, text)] };
  });
}

function broken(prefix: string, { incomplete = "", snapshots }: SnapshotSet): HoldfastError {
  const names = snapshots.map(({ name }) => name).join(", ");
  return new HoldfastError("damaged", {
    what: `Reading recovery point ${prefix.slice(0, -1)}`,
    why: incomplete,
    next: `restore another point; what is left of this one (${names}) is not deleted by Holdfast`,
  });
}

export function made(key: string, modifiedAt: Instant, content: string | HoldfastError): MadeObject {
  const isText = typeof content === "string";
  const text = isText ? content : content.message;
  return {
    ...{ key, modifiedAt, size: Buffer.byteLength(text), text: () => text },
    version: createHash("sha256").update(text).digest("hex").slice(0, 32),
    wrong: isText ? undefined : content,
  };
}

export function textOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
