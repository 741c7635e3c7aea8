/** Reads stored points again, with all that they need: every object once, every file against the index. Keeps a proof beside each. */
import type { IndexEntry } from "../archive/index-entry.ts";
import { holdsDumps } from "../domain/dump-in-point.ts";
import type { CatalogPoint, CommitRecord } from "../domain/recovery-point.ts";
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { explainProblem } from "./explain-problem.ts";
import { keepProof, toldProblems } from "./keep-proof.ts";
import { listStores, orProblem, storesWith, type ListedStore } from "./listed-stores.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { inOrderOfNeed, VerifiedChain } from "./verify-chain.ts";
import { verifyDumps } from "./verify-dumps.ts";
import { verifyPoint } from "./verify-point.ts";

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
  /** False: only what is stored was compared, since it is encrypted and there is no key to it. */
  isContentRead: boolean;
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
    const found: Findings = { reporter, points: [], problems: [] };
    const listed = await listStores(context, request, found.problems);
    for (const each of listed) {
      await orProblem(request, found.problems, () => verifyStore(context, request, each, listed, found));
    }
    const { points, problems } = found;
    const damage = [...points.flatMap((point) => point.problems), ...problems];
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
  { store, listing, records }: ListedStore,
  all: readonly ListedStore[],
  into: Findings,
): Promise<void> {
  for (const problem of listing.problems) {
    await orProblem(request, into.problems, async () => {
      into.problems.push(...(await explainProblem(context, store, problem, records, request.signal)));
    });
  }
  const chosen = inOrderOfNeed(request.select(listing.points), listing.points);
  const chain = new VerifiedChain(chosen);
  const verified: VerifiedPoint[] = [];
  for (const point of chosen) {
    const elsewhere = storesWith(point, all);
    await orProblem(request, into.problems, async () => {
      verified.push(
        await verifyInUse(context, request, { store, point, records, elsewhere, chain }, into.reporter),
      );
    });
  }
  into.points.push(...verified.sort((a, b) => (a.point < b.point ? 1 : -1)));
}

interface PointInStore {
  store: Store;
  point: CatalogPoint;
  records: readonly CommitRecord[];
  elsewhere: readonly string[];
  chain: VerifiedChain;
}

/** Not pruned while it is read. */
async function verifyInUse(
  context: AppContext,
  request: VerifyRequest,
  at: PointInStore,
  reporter: RunReporter,
): Promise<VerifiedPoint> {
  const { store, point } = at;
  const points = [point.id, ...point.record.needs];
  const use = await context.locks.use(store, { operation: "verify", points, signal: request.signal });
  try {
    const signal = AbortSignal.any([request.signal, use.signal]);
    const { nameless, ...verified } = await verifyLinked(context, at, reporter, signal);
    const told = toldProblems(point.record, verified.problems, nameless);
    await keepProof(context, store, point, { operation: "verify", problems: told }, reporter);
    return verified;
  } finally {
    await use.release();
  }
}

async function verifyLinked(
  { keys }: AppContext,
  { store, point, records, elsewhere, chain }: PointInStore,
  reporter: RunReporter,
  signal: AbortSignal,
) {
  const { id, job, record } = point;
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    reporter.progress({ phase: `reading ${id}`, files: 0, bytes, totalBytes: record.totals.storedBytes });
  };
  const links = chain.linksOf(point);
  const siblings = records.filter((other) => other.id !== id);
  const checkEntry = (entry: IndexEntry) => links.check(entry);
  const verify = holdsDumps(point.record) ? verifyDumps : verifyPoint;
  const verdict = await verify({
    ...{ store, record, siblings, elsewhere, keys, checkEntry, onBytes, signal },
  });
  chain.keep(id, verdict);
  const problems = [...verdict.problems, ...links.problems()];
  const { isContentRead, nameless } = verdict;
  return { store: store.name, job, point: id, bytes, problems, isContentRead, nameless };
}
