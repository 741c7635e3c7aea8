/**
 * Reads a share of what a job's points hold in each store, so that runs one after the other come round everything. What was read
 * when is kept beside each point. Damage is an ordinary failed proof; that a part was whole proves no point.
 */
import { messageOf } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Trigger } from "../domain/run.ts";
import { coverageOf, planSample, type Coverage, type PlannedPart } from "../domain/sample.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { explainProblem } from "./explain-problem.ts";
import { inParallel } from "./in-parallel.ts";
import { keepProof } from "./keep-proof.ts";
import { listStores, orProblem, storesWith, type ListedStore } from "./listed-stores.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { listPointFolders } from "./point-folders.ts";
import { samplePoint } from "./sample-point.ts";
import {
  isSampleKey,
  keepSample,
  readSamples,
  type KnownReadings,
  type NewReading,
} from "./sample-records.ts";

export interface SampleRequest {
  job: string;
  trigger: Trigger;
  stores: readonly Store[];
  /** Above 0, up to 1: of the stored bytes that the job has in a store. */
  share: number;
  signal: AbortSignal;
}

export interface SampledPoint {
  store: string;
  point: string;
  /** Read now. */
  bytes: number;
  /** One sentence each; empty when what was read is whole. */
  problems: string[];
  /** Of the point, with what was read now. */
  coverage: Coverage;
}

/** Of all the job's points in a store. */
export interface StoreCoverage extends Coverage {
  store: string;
}

export interface SampleReport extends RunReport {
  points: SampledPoint[];
  coverage: StoreCoverage[];
  /** Points that stand in a store but cannot be used, and stores that did not answer. */
  problems: string[];
}

/** Records of samples that are read at once. */
const CONCURRENT_READS = 8;

/** A run in which damage was found is a failed one. */
export async function runSample(
  context: AppContext,
  request: SampleRequest,
): Promise<FinishedRun<SampleReport>> {
  const { job, trigger, share } = request;
  return performRun(context, { job, trigger, operation: "verify" }, async (reporter) => {
    const found: Findings = { points: [], stores: [], problems: [] };
    const listed = await listStores(context, request, found.problems);
    for (const each of listed) {
      await orProblem(request, found.problems, () =>
        sampleStore({ context, request, reporter, listed, each, found }),
      );
    }
    const damage = [...found.points.flatMap(({ problems }) => problems), ...found.problems];
    return {
      outcome: damage.length === 0 ? "succeeded" : "failed",
      reason: damage[0],
      warningCount: damage.length,
      details: {
        sample: share,
        points: found.points.length,
        bytes: sumOf(found.points, ({ bytes }) => bytes),
      },
      points: found.points,
      coverage: found.stores,
      problems: found.problems,
    };
  });
}

interface Findings {
  points: SampledPoint[];
  stores: StoreCoverage[];
  problems: string[];
}

interface StoreSample {
  context: AppContext;
  request: SampleRequest;
  reporter: RunReporter;
  listed: readonly ListedStore[];
  each: ListedStore;
  found: Findings;
}

/** A point, with what its records tell. */
interface KnownPoint {
  point: CatalogPoint;
  known: KnownReadings;
}

async function sampleStore(sample: StoreSample): Promise<void> {
  const { context, request, each, found } = sample;
  const { store, listing, records } = each;
  for (const problem of listing.problems) {
    await orProblem(request, found.problems, async () => {
      found.problems.push(...(await explainProblem(context, store, problem, records, request.signal)));
    });
  }
  const points = await knownPoints(sample);
  const objects = points.flatMap(({ known }) => known.objects);
  const budget = Math.ceil(sumOf(objects, ({ size }) => size) * request.share);
  const planned = Map.groupBy(planSample(objects, budget, context.clock.now()), ({ point }) => point);
  const chosen = points.filter(({ point }) => planned.has(point.id));
  await whileInUse(sample, chosen, async (signal, onBytes) => {
    for (const known of chosen) {
      const parts = planned.get(known.point.id) ?? [];
      await orProblem(request, found.problems, async () => {
        found.points.push(await sampleOne(sample, known, parts, onBytes, signal));
      });
    }
  });
  found.stores.push({ store: store.name, ...coverageOf(objects, context.clock.now()) });
}

async function knownPoints({ context, request, each }: StoreSample): Promise<KnownPoint[]> {
  const { store, listing } = each;
  const { job, signal } = request;
  const { folders } = await listPointFolders(store, { stack: context.stack, job, signal });
  const keysOf = new Map(
    folders.map(({ id, objects }) => [id, [...objects.values()].map(({ key }) => key).filter(isSampleKey)]),
  );
  return inParallel(listing.points, CONCURRENT_READS, async (point) => ({
    point,
    known: await readSamples(store, point, keysOf.get(point.id) ?? [], signal),
  }));
}

/** None of the chosen points is pruned meanwhile. */
async function whileInUse(
  { context, request, reporter, each: { store } }: StoreSample,
  chosen: readonly KnownPoint[],
  work: (signal: AbortSignal, onBytes: (count: number) => void) => Promise<void>,
): Promise<void> {
  const { job, signal } = request;
  const points = chosen.map(({ point }) => point.id);
  const use = await context.locks.use(store, { operation: "verify", points, signal });
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    reporter.progress({ phase: `sampling ${job} in ${store.name}`, files: 0, bytes });
  };
  try {
    await work(AbortSignal.any([signal, use.signal]), onBytes);
  } finally {
    await use.release();
  }
}

async function sampleOne(
  { context, each: { store, records }, listed, reporter }: StoreSample,
  { point, known }: KnownPoint,
  parts: readonly PlannedPart[],
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<SampledPoint> {
  const { record } = point;
  const siblings = records.filter((other) => other.id !== point.id);
  const elsewhere = storesWith(point, listed);
  const { clock } = context;
  const { problems, readings } = await samplePoint({
    ...{ store, record, siblings, elsewhere, parts, clock, onBytes, signal },
  });
  if (problems.length > 0)
    await keepProof(context, store, point, { operation: "verify", problems }, reporter);
  try {
    await keepSample(store, point, known, readings, clock.now(), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    reporter.warn(`What was read of ${point.id} could not be kept: ${messageOf(error)}`);
  }
  addReadings(known, readings);
  const coverage = coverageOf(known.objects, clock.now());
  return {
    ...{ store: store.name, point: point.id, problems, coverage },
    bytes: sumOf(readings, ({ from, to }) => to - from),
  };
}

function addReadings({ objects }: KnownReadings, added: readonly NewReading[]): void {
  for (const object of objects) {
    object.readings = [...object.readings, ...added.filter((reading) => reading.object === object.object)];
  }
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
