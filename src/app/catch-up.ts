/**
 * The end of a backup run: stores that were let go while it went on get its point by a copy, and those that missed earlier points get
 * them, too. One that was away for a while is so healed by the first run that finds it back.
 */
import { HoldfastError } from "../domain/errors.ts";
import { HOUR, type Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { CatalogPoint, CommitRecord } from "../domain/recovery-point.ts";
import type { AppContext } from "./app-context.ts";
import { copyPoints, type CopyingResult } from "./copy-points.ts";
import type { BackupStore } from "./destination.ts";
import { keepProof } from "./keep-proof.ts";
import type { RunReporter } from "./perform-run.ts";
import { missedPoints, planCopying, type CopyingPlan, type StoreOfPoints } from "./points-to-copy.ts";

/** No copy of an earlier point is begun later than this after the first: what is left is for the next runs. */
export const CATCH_UP_LIMIT: Milliseconds = HOUR;

export interface CatchUpRequest {
  job: Job;
  /** Of the run's own point. */
  record: CommitRecord;
  /** Those that were written to, in the order of preference. Their locks are held. */
  stores: readonly StoreInRun[];
  signal: AbortSignal;
  reporter: RunReporter;
}

export interface StoreInRun extends BackupStore {
  /** What it held of the job before the run. */
  points: readonly CatalogPoint[];
  /** Why it has not got the run's point. */
  failure: Error | undefined;
}

export interface CaughtUp {
  /** Why it has not got the run's point in the end. */
  failure: Error | undefined;
  /** One sentence each, of earlier points. */
  problems: string[];
}

/** For each store, in their order; never rejects. Only a store whose trouble may have passed is tried again. */
export async function catchUp(context: AppContext, request: CatchUpRequest): Promise<CaughtUp[]> {
  return Promise.all(request.stores.map((store) => new CatchingUp(context, request, store).run()));
}

/** Of one store. */
class CatchingUp {
  readonly #context: AppContext;
  readonly #request: CatchUpRequest;
  readonly #to: StoreInRun;
  readonly #sources: readonly StoreOfPoints[];

  constructor(context: AppContext, request: CatchUpRequest, to: StoreInRun) {
    this.#context = context;
    this.#request = request;
    this.#to = to;
    this.#sources = request.stores
      .filter((other) => other !== to)
      .map((other) => ({ store: other.store, points: pointsOf(other, request.record) }));
  }

  async run(): Promise<CaughtUp> {
    const { failure } = this.#to;
    if (failure !== undefined && !mayHavePassed(failure)) return { failure, problems: [] };
    const lasting = failure === undefined ? undefined : await this.#ownPoint(failure);
    if (lasting !== undefined) return { failure: lasting, problems: [] };
    return { failure: undefined, problems: await this.#earlierPoints() };
  }

  async #ownPoint(failure: Error): Promise<Error | undefined> {
    const { record, reporter } = this.#request;
    const result = await this.#copy(planCopying([record.id], this.#held(this.#to.points)), this.#to.points);
    if (result.copied.some(({ id }) => id === record.id)) {
      reporter.warn(`${failure.message} The point was copied there from another store.`);
      return undefined;
    }
    const why = result.failure?.message ?? result.problems.join(" ");
    // The store's lock was lost, say: the copy had no chance, and there is nothing to add.
    if (why === failure.message) return failure;
    const what = `Copying ${record.id} to store ${this.#to.store.name}`;
    return new HoldfastError("store", { what, why: `${failure.message} Then: ${why}`, cause: failure });
  }

  async #earlierPoints(): Promise<string[]> {
    const { job, record, reporter } = this.#request;
    const { clock } = this.#context;
    const there = pointsOf({ ...this.#to, failure: undefined }, record);
    const held = this.#held(there);
    const missed = missedPoints({ job, now: Date.parse(record.startedAt), store: this.#to.store.name }, held);
    // What is known to be damaged was told when it was found.
    const plan = { ...planCopying(missed, held), damaged: [] };
    const end = clock.monotonic() + CATCH_UP_LIMIT;
    const result = await this.#copy(plan, there, () => clock.monotonic() < end);
    if (result.left.length > 0)
      reporter.warn(
        `${this.#to.store.name} still lacks ${result.left.length} points that it missed: the next runs copy them.`,
      );
    return [...result.problems, ...(result.failure === undefined ? [] : [result.failure.message])];
  }

  #held(target: readonly CatalogPoint[]) {
    return { target, sources: this.#sources };
  }

  async #copy(
    plan: CopyingPlan,
    there: readonly CatalogPoint[],
    mayBegin?: () => boolean,
  ): Promise<CopyingResult> {
    const { job, signal, reporter } = this.#request;
    const { clock, observer } = this.#context;
    const phase = `copying to ${this.#to.store.name}`;
    const result = await copyPoints({
      ...{ plan, there, clock, signal, mayBegin, to: this.#to },
      onProgress: (progress) => reporter.progress({ phase, files: 0, ...progress }),
      onDamaged: (store, point, problem) =>
        keepProof(this.#context, store, point, { operation: "verify", problems: [problem] }, reporter),
    });
    const points = result.copied.map(({ id }) => id);
    if (points.length > 0) observer.pointsCopied?.({ job: job.name, store: this.#to.store.name, points });
    return result;
  }
}

function mayHavePassed(failure: Error): boolean {
  return failure instanceof HoldfastError && failure.transient;
}

/** What a store holds once the run's own point was made. */
function pointsOf(
  { store, points, failure }: Pick<StoreInRun, "store" | "points" | "failure">,
  record: CommitRecord,
): readonly CatalogPoint[] {
  if (failure !== undefined) return points;
  const { id, job } = record;
  const [startedAt, finishedAt] = [Date.parse(record.startedAt), Date.parse(record.finishedAt)];
  const own = { store: store.name, job, id, startedAt, finishedAt, record };
  return [{ ...own, pinned: false, lastProof: undefined }, ...points];
}
