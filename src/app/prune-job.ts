/** Applies a job's retention in each of its stores: by hand, or after a backup that succeeded there. */
import { asError, cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { Hold } from "./held-locks.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { pruneAdopted } from "./prune-adopted.ts";
import { removeUncommitted } from "./remove-leftovers.ts";
import { pruneStore, type PruneResult } from "./run-prune.ts";

export interface StorePruning extends PruneResult {
  store: string;
  /** Why it stopped or did not start. */
  error: Error | undefined;
}

export interface PruneReport extends RunReport {
  pruned: StorePruning[];
}

export interface PruneJobRequest {
  job: Job;
  stores: readonly Store[];
  trigger: Trigger;
  signal: AbortSignal;
}

/** Under the lock of each store. A store that refuses or fails does not keep the others from being pruned. */
export async function pruneJob(
  context: AppContext,
  request: PruneJobRequest,
): Promise<FinishedRun<PruneReport>> {
  const { job, trigger, signal } = request;
  return performRun(context, { job: job.name, operation: "prune", trigger }, async (reporter) => {
    const pruned: StorePruning[] = [];
    for (const store of request.stores) {
      pruned.push(await settle(store, () => pruneLocked(context, { job, store, signal }, reporter)));
    }
    if (signal.aborted) throw cancellation(signal, `Pruning job ${job.name}`);
    return pruneReport(pruned);
  });
}

interface PruneScope {
  job: Job;
  store: Store;
  now: Instant;
  signal: AbortSignal;
}

/** What would go and why; changes nothing and needs no lock. */
export async function planPruning(
  context: AppContext,
  request: Omit<PruneJobRequest, "trigger">,
): Promise<StorePruning[]> {
  const { job, signal } = request;
  return Promise.all(
    request.stores.map((store) =>
      settle(store, async () => {
        const now = context.clock.now();
        const scene = { ...(await lookAt(context, { job, store, now, signal })), dryRun: true };
        return pruneAdopted(scene, await pruneStore(scene));
      }),
    ),
  );
}

/**
 * Trouble is a warning: the backup itself is done. Judged at its start, so that the point it made is the newest also where the
 * clock was set back before it: those that are dated later then are from the future.
 */
export async function pruneAfterBackup(
  context: AppContext,
  job: Job,
  startedAt: Instant,
  stores: readonly { store: Store; lock: Hold }[],
  signal: AbortSignal,
): Promise<string[]> {
  const prune = ({ store, lock }: { store: Store; lock: Hold }): Promise<PruneResult> =>
    pruneUnder(lock, context, { job, store, now: startedAt, signal });
  const ours = stores.filter(({ store }) => !job.prunedElsewhere.includes(store.name));
  const results = await Promise.all(ours.map((ready) => settle(ready.store, () => prune(ready))));
  return results.flatMap(({ error }) => (error === undefined ? [] : [error.message]));
}

/** Where no backup may delete, what killed runs have left goes here as well. */
async function pruneLocked(
  context: AppContext,
  { job, store, signal }: Omit<PruneScope, "now">,
  reporter: RunReporter,
): Promise<PruneResult> {
  if (job.prunedElsewhere.includes(store.name)) throw prunedElsewhere(job, store);
  const lock = await context.locks.hold(store, { operation: "prune", job: job.name, signal });
  try {
    const now = context.clock.now();
    const left = await removeUncommitted(store, { stack: context.stack, job: job.name, signal, now });
    if (left.refused !== undefined)
      reporter.warn(`What a killed run had left in ${store.name} is still there: ${left.refused}`);
    return await pruneUnder(lock, context, { job, store, now, signal });
  } finally {
    await lock.release();
  }
}

/**
 * Plans, says which points are about to go, and plans again while somebody uses one of them. Each round keeps at least one
 * more point, so the rounds end.
 */
async function pruneUnder(
  lock: Hold,
  context: AppContext,
  { signal, ...scope }: PruneScope,
): Promise<PruneResult> {
  const both = AbortSignal.any([signal, lock.signal]);
  const look = await lookAt(context, { ...scope, signal: both });
  const scene = { ...look, beforeEach: () => lock.check() };
  try {
    for (;;) {
      const { decisions } = await pruneStore({ ...scene, dryRun: true });
      const going = decisions.filter(({ action }) => action === "remove").map(({ id }) => id);
      if (going.length === 0) return await pruneAdopted(scene, { decisions, removed: [] });
      const used = await lock.claimForRemoval(going);
      if (used.size === 0) return await pruneAdopted(scene, await pruneStore(scene));
      for (const id of used) scene.inUse.add(id);
    }
  } finally {
    if (!both.aborted) await lock.claimForRemoval([]);
  }
}

/** A prune of the store as it is now. */
async function lookAt(context: AppContext, { job, store, now, signal }: PruneScope) {
  const { catalog, stack, locks, observer } = context;
  const { points, problems } = await catalog.listPoints(store, { stack, job: job.name, signal });
  const inUse = await locks.pointsInUse(store, signal);
  return {
    ...{ store, stack, job, points, problems, signal, observer, dryRun: false },
    inUse: new Set(inUse === "all" ? points.map(({ id }) => id) : inUse),
    timezone: job.timezone,
    now,
  };
}

async function settle(store: Store, work: () => Promise<PruneResult>): Promise<StorePruning> {
  try {
    return { store: store.name, error: undefined, ...(await work()) };
  } catch (error) {
    const partly = isPruneResult(error)
      ? { decisions: error.decisions, removed: error.removed }
      : { decisions: [], removed: [] };
    return { store: store.name, error: asError(error), ...partly };
  }
}

function isPruneResult(error: unknown): error is Error & PruneResult {
  return error instanceof Error && "decisions" in error && "removed" in error;
}

function pruneReport(pruned: StorePruning[]): PruneReport {
  const errors = pruned.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first !== undefined && errors.length === pruned.length) throw first;
  return {
    outcome: errors.length === 0 ? "succeeded" : "partial",
    reason: errors.length === 0 ? undefined : errors.map(messageOf).join(" "),
    warningCount: errors.length,
    details: { removed: Object.fromEntries(pruned.map(({ store, removed }) => [store, removed])) },
    pruned,
  };
}

function prunedElsewhere(job: Job, store: Store): HoldfastError {
  return new HoldfastError("refused", {
    what: `Pruning job ${job.name} in store ${store.name}`,
    why: "the config says that another Holdfast does that (`pruning: elsewhere`)",
    next: "run `holdfast prune` where the identity is that may delete",
  });
}
