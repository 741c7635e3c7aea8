/**
 * Makes one recovery point: captures the source once, writes it to every store of the job, commits it in each store that
 * has all of it. Locks, retries, retention and history are the caller's (run-job.ts).
 */
import { createHash, randomBytes } from "node:crypto";
import { asError, cancellation, messageOf } from "../domain/errors.ts";
import { toIso, type Instant, type Milliseconds } from "../domain/instant.ts";
import {
  COMMIT_RECORD,
  FORMAT_VERSION,
  pointId,
  pointPrefix,
  type CommitRecord,
  type PointObject,
} from "../domain/recovery-point.ts";
import type { StoreResult } from "../domain/run.ts";
import type { Clock } from "../ports/clock.ts";
import type { CaptureProgress, CaptureSummary, Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import { encodeCommitRecord } from "./commit-record.ts";
import { PointWriter } from "./point-writer.ts";
import { readBack } from "./read-back.ts";
import { once } from "./small-object.ts";

export interface BackupRequest {
  stack: string;
  job: string;
  source: Source;
  stores: readonly Store[];
  /** Commit record of the job's newest point in any store. */
  previous: CommitRecord | undefined;
  clock: Clock;
  signal: AbortSignal;
  tool: { name: string; version: string };
  onProgress?: ((progress: CaptureProgress) => void) | undefined;
}

export interface BackupResult {
  record: CommitRecord;
  /** One for each store of the request, in its order. */
  stores: StoreResult[];
}

/** Rejects when no store has the point; a point that only some stores have is a result with failures in it. */
export async function runBackup(request: BackupRequest): Promise<BackupResult> {
  const startedAt = request.clock.now();
  const id = pointId(startedAt, randomBytes(2).toString("hex"));
  const prefix = pointPrefix(request.stack, request.job, id);
  const writer = new PointWriter({
    stores: request.stores,
    prefix,
    clock: request.clock,
    signal: request.signal,
  });
  const { summary, objects, failures } = await writePoint(request, writer);
  const record = commitRecord(request, { id, startedAt, summary, objects });
  await commitEverywhere(request, prefix, record, failures);
  return { record, stores: request.stores.map((store) => resultOf(store, record, failures.get(store))) };
}

/** Up to here nothing is committed, so on any failure everything written can be, and is, removed again. */
async function writePoint(request: BackupRequest, writer: PointWriter) {
  try {
    const summary = await capture(request, writer);
    return { summary, ...(await writer.finish()) };
  } catch (error) {
    const reason = request.signal.aborted
      ? cancellation(request.signal, `Backing up job ${request.job}`)
      : error;
    await writer.abandon(reason);
    throw reason;
  }
}

async function capture(request: BackupRequest, writer: PointWriter): Promise<CaptureSummary> {
  request.signal.throwIfAborted();
  return request.source.capture({
    openObject: (name) => writer.openObject(name),
    previous: request.previous,
    signal: request.signal,
    onProgress: request.onProgress,
  });
}

function commitRecord(
  request: BackupRequest,
  point: { id: string; startedAt: Instant; summary: CaptureSummary; objects: PointObject[] },
): CommitRecord {
  const { summary, objects } = point;
  return {
    format: FORMAT_VERSION,
    id: point.id,
    stack: request.stack,
    job: request.job,
    sourceKind: request.source.kind,
    kind: summary.kind,
    startedAt: toIso(point.startedAt),
    finishedAt: toIso(request.clock.now()),
    needs: summary.needs,
    objects,
    totals: { ...summary.totals, storedBytes: objects.reduce((sum, { size }) => sum + size, 0) },
    capture: summary.capture,
    warnings: summary.warnings,
    warningCount: summary.warningCount,
    tool: request.tool,
    encryption: null,
  };
}

/** Commits in each store that has the objects; adds those that refuse to `failures`. Rejects when none accepts. */
async function commitEverywhere(
  request: BackupRequest,
  prefix: string,
  record: CommitRecord,
  failures: Map<Store, Error>,
): Promise<void> {
  const candidates = request.stores.filter((store) => !failures.has(store));
  await Promise.all(
    candidates.map(async (store) => {
      try {
        await commit(store, prefix, record, request.signal);
      } catch (error) {
        failures.set(store, asError(error));
      }
    }),
  );
  const [first] = candidates;
  const failure = first && failures.get(first);
  if (failure !== undefined && candidates.every((store) => failures.has(store))) throw failure;
}

/** The commit record is written last; a lost answer is settled by looking at what is stored. */
async function commit(
  store: Store,
  prefix: string,
  record: CommitRecord,
  signal: AbortSignal,
): Promise<void> {
  const bytes = encodeCommitRecord(record);
  const object = {
    name: COMMIT_RECORD,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  let failure: Error | undefined;
  try {
    await store.put(prefix + COMMIT_RECORD, once(bytes), { signal });
  } catch (error) {
    failure = asError(error);
  }
  try {
    await readBack(store, prefix, object, signal);
  } catch (error) {
    await withdraw(store, prefix, record);
    throw failure ?? asError(error);
  }
}

/**
 * Takes a point back whose commit could not be confirmed: the commit record goes first, and if it cannot go, the objects stay, so
 * that a point which is listed after all is also restorable. The caller reports the store as failed either way.
 */
async function withdraw(store: Store, prefix: string, record: CommitRecord): Promise<void> {
  const signal = AbortSignal.timeout(WITHDRAWAL_LIMIT);
  await store
    .delete(prefix + COMMIT_RECORD, { signal })
    .then(() => Promise.all(record.objects.map(({ name }) => store.delete(prefix + name, { signal }))))
    .catch(() => undefined);
}

/** Well under the 10 s in which a cancelled process ends. */
const WITHDRAWAL_LIMIT: Milliseconds = 5000;

function resultOf(store: Store, record: CommitRecord, failure: Error | undefined): StoreResult {
  if (failure === undefined) {
    return { store: store.name, outcome: "succeeded", storedBytes: record.totals.storedBytes };
  }
  return { store: store.name, outcome: "failed", storedBytes: 0, error: messageOf(failure) };
}
