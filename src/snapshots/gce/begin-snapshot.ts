/** One snapshot of one disk, from the request until its moment is fixed. */
import { HoldfastError, hasCode } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { DiskKey, SnapshotRequest } from "../../ports/snapshot-provider.ts";
import { refusalBehind } from "../../remote/google-refusal.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { explainLimit } from "./frequency.ts";
import { isOfPoint, labelsOf } from "./labels.ts";
import { requestId, snapshotName } from "./names.ts";
import { lookAtOperation } from "./operations.ts";
import { Pauses } from "../pauses.ts";
import { describeDisk, diskPath, placeOf } from "./places.ts";
import { isTooOften } from "./refusal.ts";
import { Operation, Snapshot } from "./resources.ts";

/** Somebody may be held: an answer that has not come by then is asked for anew. */
const ANSWER_LIMIT: Milliseconds = 10 * SECOND;
const FIXED_LIMIT: Milliseconds = 5 * MINUTE;

type RequestedDisk = SnapshotRequest["disks"][number];

/** Resolves once what is written to the disk is not in the snapshot any more. */
export async function beginSnapshot(
  api: ComputeApi,
  request: SnapshotRequest,
  { disk, signal }: { disk: RequestedDisk; signal: AbortSignal },
): Promise<void> {
  const purpose = { what: `Taking a snapshot of ${describeDisk(disk)}`, signal };
  const name = snapshotName(request, disk);
  try {
    const operation = await ask(api, { request, disk, name }, purpose);
    await untilFixed(api, { name, scope: placeOf(disk), operation }, purpose);
  } catch (error) {
    const refusal = refusalBehind(error);
    if (refusal === undefined || !isTooOften(refusal)) throw error;
    throw await explainLimit(api, disk, { ...purpose, error });
  }
}

interface Asked {
  request: SnapshotRequest;
  disk: RequestedDisk;
  name: string;
}

/** Undefined where it has been asked for before. */
async function ask(
  api: ComputeApi,
  { request, disk, name }: Asked,
  purpose: Purpose,
): Promise<Operation | undefined> {
  const { stack, job, point, guestFlush } = request;
  const call = {
    ...{
      ...purpose,
      method: "POST" as const,
      path: `${diskPath(disk)}/createSnapshot`,
      answerLimit: ANSWER_LIMIT,
    },
    query: {
      requestId: requestId("snapshot", stack, job, point, diskPath(disk)),
      ...(guestFlush ? { guestFlush: "true" } : {}),
    },
    body: bodyOf({ request, disk, name }),
  };
  try {
    return await api.call(call, Operation);
  } catch (error) {
    if (!hasCode(error, "already-exists")) throw error;
    const there = await findSnapshot(api, name, purpose);
    if (there !== undefined && isOfPoint(there.labels, request)) return undefined;
    const why = `there is a snapshot ${name} already, which is not ours`;
    throw new HoldfastError("already-exists", {
      what: purpose.what,
      why,
      next: "delete or rename it",
      cause: error,
    });
  }
}

function bodyOf({ request, disk, name }: Asked): Record<string, unknown> {
  const { stack, job, point, description, tier, location, key, disks } = request;
  return {
    name,
    description: description ?? `Recovery point ${point} of job ${job} of stack ${stack}, made by Holdfast`,
    labels: labelsOf(request, disks.length),
    snapshotType: tier === "archive" ? "ARCHIVE" : "STANDARD",
    ...(location === undefined ? {} : { storageLocations: [location] }),
    ...(key === undefined ? {} : { snapshotEncryptionKey: keyOf(key) }),
    ...(disk.key === undefined ? {} : { sourceDiskEncryptionKey: keyOf(disk.key) }),
  };
}

export function keyOf(key: DiskKey): Record<string, string> {
  return "kmsKeyName" in key ? { kmsKeyName: key.kmsKeyName } : { rawKey: key.rawKey };
}

/**
 * Short looks instead of one long wait for the operation, which ends only when all is uploaded.
 * https://cloud.google.com/compute/docs/disks/snapshot-best-practices: writes may go on once it is uploading.
 */
async function untilFixed(
  api: ComputeApi,
  { name, scope, operation }: { name: string; scope: string; operation: Operation | undefined },
  purpose: Purpose,
): Promise<void> {
  const pauses = new Pauses(api.clock, { from: SECOND / 4, to: SECOND, limit: FIXED_LIMIT });
  for (;;) {
    const looked = operation && (await lookAtOperation(api, operation, { ...purpose, scope }));
    const snapshot = await findSnapshot(api, name, purpose);
    if (snapshot?.status === "READY" || snapshot?.status === "UPLOADING") return;
    const isOver = snapshot?.status === "FAILED" || snapshot?.status === "DELETING";
    if (isOver || (snapshot === undefined && (looked === undefined || looked.status === "DONE"))) {
      throw notMade(purpose.what, name, snapshot);
    }
    if (!(await pauses.next(purpose.signal, purpose.what))) {
      const why = `the snapshot ${name} has not begun to be uploaded within ${formatDuration(FIXED_LIMIT)}`;
      throw new HoldfastError("timeout", { what: purpose.what, why });
    }
  }
}

function notMade(what: string, name: string, snapshot: Snapshot | undefined): HoldfastError {
  const became =
    snapshot === undefined ? "is gone" : snapshot.status === "FAILED" ? "has failed" : "is being deleted";
  return new HoldfastError("store", { what, why: `the snapshot ${name} ${became}` });
}

export async function findSnapshot(
  api: ComputeApi,
  name: string,
  purpose: Purpose,
): Promise<Snapshot | undefined> {
  try {
    return await api.call({ ...purpose, method: "GET", path: `global/snapshots/${name}` }, Snapshot);
  } catch (error) {
    if (hasCode(error, "not-found")) return undefined;
    throw error;
  }
}
