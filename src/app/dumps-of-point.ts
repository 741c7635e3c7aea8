/** The dumps in a recovery point, opened for reading. */
import { damaged, FramedObject } from "../archive/framed-object.ts";
import { checkFrames } from "../archive/verify/check-frames.ts";
import { dumpsIn, holdsDumps, type DumpInPoint } from "../domain/dump-in-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import { managedBackupIn } from "../domain/managed-backup.ts";
import { snapshotsIn } from "../domain/snapshot-facts.ts";
import type { Keyring } from "../ports/encryption.ts";
import type { PointCopy } from "./locate-point.ts";
import { withDetails } from "./point-details.ts";
import { openObject } from "./point-objects.ts";
import { isTroubleOfTheStore } from "./trouble-of-store.ts";

export interface StoredDump extends DumpInPoint {
  /** Its content, each frame checked. Can be read several times. Throws `damaged` where it is not as it was written. */
  read(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** In the order in which they were made. Throws `usage` for a point of files, and what keeps its objects from being opened. */
export async function openDumps(
  { store, point, siblings }: PointCopy,
  { keys, signal }: { keys: Keyring; signal: AbortSignal },
): Promise<StoredDump[]> {
  const options = { keys, siblings, signal };
  const record = await withDetails(store, point.record, options);
  const dumps = dumpsIn(record);
  if (dumps.length === 0) throw withoutDumps(record);
  return Promise.all(
    dumps.map(async (dump) => {
      const object = await FramedObject.open(openObject(store, point.record, dump.object, options), signal);
      return { ...dump, read: (until: AbortSignal) => contentOf(object, dump, until) };
    }),
  );
}

/** Of the first copy that opens, which says nothing of what comes behind their heads. */
export async function openAnyDumps(
  copies: readonly PointCopy[],
  options: { keys: Keyring; signal: AbortSignal },
): Promise<StoredDump[]> {
  for (const copy of copies.slice(0, -1)) {
    try {
      return await openDumps(copy, options);
    } catch (error) {
      if (!isTroubleOfTheStore(error)) throw error;
    }
  }
  const last = copies.at(-1);
  return last === undefined ? [] : openDumps(last, options);
}

async function* contentOf(
  object: FramedObject,
  { bytes }: DumpInPoint,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (object.size !== bytes) throw damaged(object.name, `it holds ${object.size} bytes instead of ${bytes}`);
  for await (const frame of checkFrames(object, signal)) {
    if (!frame.intact) throw frame.error;
    yield frame.content;
  }
}

/** Throws `usage` where the point has no files. `what`: the start of a sentence. */
export function assertOfFiles(record: CommitRecord, what: string): void {
  if (managedBackupIn(record) !== undefined) {
    throw new HoldfastError("usage", {
      what,
      why: "it is a backup that Cloud SQL keeps, and has no files here",
      next: `\`holdfast restore ${record.job}\` says how it is restored`,
    });
  }
  if (snapshotsIn(record).length > 0) {
    throw new HoldfastError("usage", {
      what,
      why: "it is snapshots of disks, and has no files that could be read here",
      next: `make a disk of it with \`holdfast restore ${record.job} --point ${record.id} --to-disk NAME\``,
    });
  }
  if (!holdsDumps(record)) return;
  throw new HoldfastError("usage", {
    what,
    why: `it holds a dump (${record.sourceKind}) and no files`,
    next: `see what is in it with \`holdfast show ${record.id}\`, and restore it with \`holdfast restore ${record.job} --point ${record.id} --to DIRECTORY\``,
  });
}

function withoutDumps({ id, sourceKind }: CommitRecord): HoldfastError {
  return new HoldfastError("usage", {
    what: `Restoring recovery point ${id}`,
    why: `its commit record tells of no dump (${sourceKind})`,
    next: "name a point of this job",
  });
}
