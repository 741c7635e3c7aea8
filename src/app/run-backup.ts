/**
 * Makes one recovery point: captures the source once, writes it to every store of the job, commits it in each store that
 * has all of it. Locks, retries, retention and history are the caller's (backup-job.ts).
 */
import { randomBytes } from "node:crypto";
import { cancellation, messageOf } from "../domain/errors.ts";
import { toIso, type Instant } from "../domain/instant.ts";
import {
  DETAILS_OBJECT,
  FORMAT_VERSION,
  INDEX_OBJECT,
  objectOf,
  pointId,
  pointPrefix,
  type CommitRecord,
  type PointEncryption,
  type PointObject,
} from "../domain/recovery-point.ts";
import type { StoreResult } from "../domain/run.ts";
import type { Clock } from "../ports/clock.ts";
import type { Encryption } from "../ports/encryption.ts";
import type { IndexCache, IndexCopy } from "../ports/index-cache.ts";
import type { ByteSink, CaptureProgress, CaptureRequest, CaptureSummary, Source } from "../ports/source.ts";
import type { Held } from "./interventions/service-holder.ts";
import type { BackupStore } from "./destination.ts";
import type { PreparedBase } from "./prepare-base.ts";
import { PointWriter } from "./point-writer.ts";
import { encodeDetails, withoutDetails } from "./point-details.ts";

export interface BackupRequest {
  stack: string;
  job: string;
  source: Source;
  stores: readonly BackupStore[];
  /** Commit record of the job's newest point in any store. */
  previous: CommitRecord | undefined;
  /** What the capture may refer to, or why it is a full; see prepareBase. */
  plan?: Pick<PreparedBase, "base" | "fullBecause"> | undefined;
  /** Keeps a copy of the new index, where the next run may want it. */
  indexes?: IndexCache | undefined;
  /** Undefined: the point is not encrypted. */
  encryption: Encryption | undefined;
  asItIs?: boolean | undefined;
  /** Runs the capture, or what the source asks for of it, while services are held. */
  hold?: HoldServices | undefined;
  /** All of the capture is held, also where the source could hold less of it. */
  holdsWhole?: boolean | undefined;
  /** `hold` only calls hooks: nothing stands still in it, so no source may capture as if something did. */
  holdsNobody?: boolean | undefined;
  freezerOf?: CaptureRequest["freezerOf"];
  /** Where it is put in the stores, by its id; ends in a slash. Default: among the job's points. */
  prefixOf?: ((id: string) => string) | undefined;
  clock: Clock;
  signal: AbortSignal;
  tool: { name: string; version: string };
  onProgress?: ((progress: CaptureProgress) => void) | undefined;
  onDatabase?: CaptureRequest["onDatabase"];
}

/** The work gets the signal that also ends it when the services have been held for too long. */
export type HoldServices = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<Held<T>>;

export interface BackupResult {
  /** As it is stored. */
  record: CommitRecord;
  /** With all details, also where they are encrypted in the stores: for whoever made it. */
  whole: CommitRecord;
  /** One for each store of the request, in its order. */
  stores: StoreResult[];
  /** Why a store has no point, in the same order. */
  failures: readonly (Error | undefined)[];
}

/** Rejects when no store has the point; a point that only some stores have is a result with failures in it. */
export async function runBackup(request: BackupRequest): Promise<BackupResult> {
  const { stack, job, stores, clock, signal, indexes, encryption } = request;
  const startedAt = clock.now();
  const id = pointId(startedAt, randomBytes(2).toString("hex"));
  const prefix = request.prefixOf?.(id) ?? pointPrefix(stack, job, id);
  const described = (await encryption?.describe()) ?? null;
  const writer = new PointWriter({ stores, clock, signal, prefix, encryption });
  const copy = indexes?.copy(job);
  try {
    const { summary, objects } = await captured(request, { stack, job, id, startedAt }, { writer, copy });
    const whole = commitRecord(request, { id, startedAt, summary, objects, encryption: described });
    const record = withoutDetails(whole);
    const failures = await writer.commit(record);
    const index = objectOf(record, INDEX_OBJECT);
    if (index !== undefined) await copy?.keep(index);
    const results = stores.map((store, at) => resultOf(store, record, failures[at]));
    return { record, whole, failures, stores: results };
  } catch (error) {
    throw signal.aborted ? cancellation(signal, `Backing up job ${job}`) : error;
  } finally {
    await copy?.discard();
  }
}

const HELD_ALREADY = { because: "the job's services are held already, for all of the capture" };

/** While the source is captured nothing is committed, so on any failure everything written can be, and is, removed again. */
async function captured(
  request: BackupRequest,
  point: StartedPoint,
  { writer, copy }: CaptureTargets,
): Promise<CapturedObjects> {
  try {
    const summary = await capturedHeld(request, point, { writer, copy });
    if (request.encryption !== undefined)
      await writer.openObject(DETAILS_OBJECT).write(encodeDetails(factsOf(request, summary)));
    return { summary, objects: await writer.endObjects() };
  } catch (error) {
    await writer.abandon(error);
    throw error;
  }
}

type StartedPoint = NonNullable<CaptureRequest["point"]> & { startedAt: Instant };

interface CapturedObjects {
  summary: CaptureSummary;
  objects: PointObject[];
}

interface CaptureTargets {
  writer: PointWriter;
  copy: IndexCopy | undefined;
}

async function capturedHeld(
  request: BackupRequest,
  point: StartedPoint,
  { writer, copy }: CaptureTargets,
): Promise<CaptureSummary> {
  const { source, previous, plan, holdsNobody, asItIs, signal } = request;
  const { hold, freezerOf } = hurryingHolds(request, writer);
  const { onProgress, onDatabase } = request;
  const capture = (until: AbortSignal, holding: Pick<CaptureRequest, "hold" | "freezerOf"> = {}) =>
    source.capture({
      ...holding,
      point: { stack: point.stack, job: point.job, id: point.id },
      startedAt: point.startedAt,
      openObject: (name) => alsoTo(name === INDEX_OBJECT ? copy : undefined, writer.openObject(name)),
      ...{ previous, asItIs, onProgress, onDatabase },
      base: plan?.base,
      signal: until,
    });
  signal.throwIfAborted();
  if (hold === undefined || isLeftToSource(request)) return capture(signal, { hold, freezerOf });
  if (holdsNobody === true) return (await hold((until) => capture(until, { freezerOf }))).value;
  const { value, heldMs } = await hold((until) => capture(until, { freezerOf: async () => HELD_ALREADY }));
  return { ...value, capture: { ...value.capture, heldMs } };
}

/** What a commit record tells of the capture. */
function factsOf(
  { plan }: BackupRequest,
  { capture, warnings }: CaptureSummary,
): Pick<CommitRecord, "capture" | "warnings"> {
  return { capture: { ...capture, fullBecause: plan?.fullBecause }, warnings };
}

/** Nobody is held still for the sake of a slow store. */
function hurriedly<T>(
  writer: PointWriter,
  work: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  return async (until) => {
    const relax = writer.hurry();
    try {
      return await work(until);
    } finally {
      relax();
    }
  };
}

function hurryingHolds({ hold, holdsNobody, freezerOf }: BackupRequest, writer: PointWriter) {
  const hurried: HoldServices | undefined = hold && ((work) => hold(hurriedly(writer, work)));
  const freezers: CaptureRequest["freezerOf"] =
    freezerOf &&
    (async (place, signal) => {
      const freezer = await freezerOf(place, signal);
      if (!("freeze" in freezer)) return freezer;
      return { freeze: (work) => freezer.freeze(hurriedly(writer, work)) };
    });
  return { hold: holdsNobody === true ? hold : hurried, freezerOf: freezers };
}

function isLeftToSource({ source, holdsWhole, holdsNobody }: BackupRequest): boolean {
  if (source.holdsItself === "always") return true;
  return source.holdsItself === true && holdsWhole !== true && holdsNobody !== true;
}

function alsoTo(copy: ByteSink | undefined, sink: ByteSink): ByteSink {
  if (copy === undefined) return sink;
  return { write: async (chunk) => void (await Promise.all([sink.write(chunk), copy.write(chunk)])) };
}

function commitRecord(
  request: BackupRequest,
  point: CapturedObjects & { id: string; startedAt: Instant; encryption: PointEncryption | null },
): CommitRecord {
  const { summary, objects } = point;
  const { capture, warnings } = factsOf(request, summary);
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
    capture,
    incomplete: summary.incomplete,
    warnings,
    warningCount: summary.warningCount,
    tool: request.tool,
    encryption: point.encryption,
  };
}

/** How a store has fared in a run. */
export function resultOf(
  { store }: Pick<BackupStore, "store">,
  record: CommitRecord,
  failure: Error | undefined,
): StoreResult {
  if (failure === undefined) {
    return { store: store.name, outcome: "succeeded", storedBytes: record.totals.storedBytes };
  }
  return { store: store.name, outcome: "failed", storedBytes: 0, error: messageOf(failure) };
}
