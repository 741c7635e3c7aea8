/** Reads stored points again: every object against the commit record, every file against the index. Keeps a proof beside each. */
import { createHash } from "node:crypto";
import { verifyArchive } from "../archive/verify-archive.ts";
import { cancellation, hasCode, messageOf } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import {
  ARCHIVE_OBJECT,
  FORMAT_VERSION,
  INDEX_OBJECT,
  type CatalogPoint,
  type PointObject,
  type Proof,
} from "../domain/recovery-point.ts";
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { openObject, writeProof } from "./point-objects.ts";

export interface VerifyRequest {
  job: string;
  trigger: Trigger;
  stores: readonly Store[];
  /** Which of the job's points in a store, which come newest first. */
  select: (points: readonly CatalogPoint[]) => readonly CatalogPoint[];
  signal: AbortSignal;
}

export interface VerifiedPoint {
  store: string;
  job: string;
  point: string;
  bytes: number;
  /** One sentence each; empty when the point is whole. */
  problems: string[];
}

export interface VerifyReport extends RunReport {
  points: VerifiedPoint[];
  /** Points that stand in a store but cannot be used, and stores that did not answer. */
  problems: string[];
}

/** A run in which damage was found is a failed one. */
export async function runVerify(
  context: AppContext,
  request: VerifyRequest,
): Promise<FinishedRun<VerifyReport>> {
  const { job, trigger } = request;
  return performRun(context, { job, trigger, operation: "verify" }, async (reporter) => {
    const points: VerifiedPoint[] = [];
    const problems: string[] = [];
    for (const store of request.stores) {
      try {
        await verifyStore(context, request, store, { reporter, points, problems });
      } catch (error) {
        if (request.signal.aborted) throw cancellation(request.signal, `Verifying job ${job}`);
        problems.push(messageOf(error));
      }
    }
    const damage = [...points.flatMap(({ problems: found }) => found), ...problems];
    return {
      outcome: damage.length === 0 ? "succeeded" : "failed",
      reason: damage[0],
      warningCount: damage.length,
      details: { points: points.length, damaged: points.filter((point) => point.problems.length > 0).length },
      points,
      problems,
    };
  });
}

interface Findings {
  reporter: RunReporter;
  points: VerifiedPoint[];
  problems: string[];
}

async function verifyStore(
  context: AppContext,
  request: VerifyRequest,
  store: Store,
  into: Findings,
): Promise<void> {
  const { stack, catalog, locks } = context;
  const listing = await catalog.listPoints(store, { stack, job: request.job, signal: request.signal });
  into.problems.push(...listing.problems.map(({ message }) => message));
  for (const point of request.select(listing.points)) {
    const points = [point.id, ...point.record.needs];
    try {
      const use = await locks.use(store, { operation: "verify", points, signal: request.signal });
      try {
        const signal = AbortSignal.any([request.signal, use.signal]);
        const verified = await verifyPoint(store, point, into.reporter, signal);
        into.points.push(verified);
        await keepProof(context, store, point, verified, into.reporter);
      } finally {
        await use.release();
      }
    } catch (error) {
      // No verdict on this point, but the others can still be read.
      if (request.signal.aborted) throw error;
      into.problems.push(messageOf(error));
    }
  }
}

async function verifyPoint(
  store: Store,
  { job, id, record }: CatalogPoint,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<VerifiedPoint> {
  const problems: string[] = [];
  let bytes = 0;
  const count = (length: number) => {
    bytes += length;
    reporter.progress({ phase: `reading ${id}`, files: 0, bytes, totalBytes: record.totals.storedBytes });
  };
  for (const object of record.objects) {
    const problem = await objectProblem(store, object, openObject(store, record, object.name), count, signal);
    if (problem !== undefined) problems.push(problem);
  }
  const contents = verifyArchive({
    index: openObject(store, record, INDEX_OBJECT),
    archive: openObject(store, record, ARCHIVE_OBJECT),
    signal,
  });
  for await (const { message } of contents) {
    problems.push(message);
    if (problems.length >= MAX_RECORDED_PROBLEMS) break;
  }
  return { store: store.name, job, point: id, bytes, problems };
}

/** What is wrong with the stored bytes of one object; trouble in passing is thrown, for it is no verdict. */
async function objectProblem(
  store: Store,
  object: PointObject,
  reader: ReturnType<typeof openObject>,
  onBytes: (length: number) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const chunk of reader.read({ signal })) {
      hash.update(chunk);
      size += chunk.byteLength;
      onBytes(chunk.byteLength);
    }
  } catch (error) {
    if (hasCode(error, "not-found") || hasCode(error, "damaged")) return messageOf(error);
    throw error;
  }
  if (size !== object.size) return `${reader.name} has ${size} bytes instead of ${object.size}.`;
  if (hash.digest("hex") !== object.sha256)
    return `${reader.name} does not match the digest in its commit record.`;
  return undefined;
}

/** A store that takes no proof (read-only, append-only) has been verified all the same. */
async function keepProof(
  { clock }: AppContext,
  store: Store,
  point: CatalogPoint,
  { problems }: VerifiedPoint,
  reporter: RunReporter,
): Promise<void> {
  const proof: Proof = {
    format: FORMAT_VERSION,
    operation: "verify",
    point: point.id,
    at: toIso(clock.now()),
    outcome: problems.length === 0 ? "passed" : "failed",
    problems: problems.slice(0, MAX_RECORDED_PROBLEMS),
  };
  try {
    await writeProof(store, point.record, proof);
  } catch (error) {
    reporter.warn(`The proof of ${point.id} could not be kept: ${messageOf(error)}`);
  }
}

const MAX_RECORDED_PROBLEMS = 100;
