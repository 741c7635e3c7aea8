/** One backup run of a job, from the lock to the retention: what the scheduler, the API and the command line start. */
import { asError, cancellation, messageOf } from "../domain/errors.ts";
import { formatCount, formatSize } from "../domain/human-text.ts";
import type { Job } from "../domain/job.ts";
import { byNewest, type CatalogPoint, type CommitRecord } from "../domain/recovery-point.ts";
import { dropText, sizeDrop } from "../domain/size-drop.ts";
import type { StoreResult, Trigger } from "../domain/run.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { catchUp } from "./catch-up.ts";
import { encryptionFor } from "./encryption-for.ts";
import type { Hold } from "./held-locks.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { prepareBase } from "./prepare-base.ts";
import { pruneAfterBackup } from "./prune-job.ts";
import { removeUncommitted } from "./remove-leftovers.ts";
import { freezerFor } from "./interventions/find-freezer.ts";
import { assertNotAmidRecovery } from "./recover/unfinished-recovery.ts";
import { quiesceFor } from "./quiesce-job.ts";
import { resultOf, runBackup } from "./run-backup.ts";
import { withRetries } from "./with-retries.ts";

export interface BackupJobRequest {
  job: Job;
  source: Source;
  /** The job's stores. */
  stores: readonly Store[];
  trigger: Trigger;
  /** Read and store everything, whatever the job's plan says. */
  full?: boolean | undefined;
  /** Of the run. */
  id?: string | undefined;
  signal: AbortSignal;
}

export interface BackupReport extends RunReport {
  /** With all details. */
  record: CommitRecord;
  stores: StoreResult[];
}

/** Rejects never; see performRun. The run is partial when a store has no point, a file was not captured as it stood, or pruning stopped. */
export async function backupJob(
  context: AppContext,
  request: BackupJobRequest,
): Promise<FinishedRun<BackupReport>> {
  const { job, trigger, id, signal } = request;
  return performRun(context, { job: job.name, operation: "backup", trigger, id }, (reporter) => {
    const unguarded = firstOnly((message) => reporter.warn(message));
    return withRetries(() => attempt(context, request, { ...reporter, unguarded }), {
      policy: job.retry,
      clock: context.clock,
      random: context.random,
      signal,
      what: `Backing up job ${job.name}`,
      onRetry: ({ error, delay }) =>
        reporter.warn(`${messageOf(error)} Trying again in ${Math.ceil(delay / 1000)} s.`),
    });
  });
}

interface BackupReporter extends RunReporter {
  /** Services are held without a guard: said once a run, although each attempt finds it anew. */
  unguarded(message: string): void;
}

function firstOnly(tell: (message: string) => void): (message: string) => void {
  let hasTold = false;
  return (message) => {
    if (!hasTold) tell(message);
    hasTold = true;
  };
}

/** A store that is ready to be written to, or why it is not. */
interface Readiness {
  store: Store;
  lock: Hold | undefined;
  /** What it holds of the job, newest first. */
  points: readonly CatalogPoint[];
  failure: Error | undefined;
}

async function attempt(
  context: AppContext,
  request: BackupJobRequest,
  reporter: BackupReporter,
): Promise<BackupReport> {
  const stores = await Promise.all(
    request.stores.map((store) => makeReady(context, request, store, reporter)),
  );
  const locks = stores.flatMap(({ lock }) => lock ?? []);
  try {
    const { ready, results } = sortOut(request, stores);
    await assertNotAmidRecovery(context.recoveries, request.job.name);
    const { job, full: isFullAsked = false, signal } = request;
    const troubles: string[] = [];
    const plan = await prepareBase(context, { job, isFullAsked, stores: ready, signal });
    if (plan.isTrouble === true) reporter.warn(`Everything is read again, because ${plan.fullBecause ?? ""}`);
    const { record, whole, failures } = await runBackup({
      ...{ stack: context.stack, clock: context.clock, tool: context.tool, signal, plan },
      job: job.name,
      encryption: encryptionFor(context, job),
      indexes: job.full === undefined ? undefined : context.indexes,
      source: request.source,
      stores: ready,
      hold: quiesceFor(context, {
        ...{ job, signal, onTrouble: (message) => void troubles.push(message) },
        onWarning: (message) => reporter.warn(message),
        onUnguarded: (message) => reporter.unguarded(message),
      }),
      holdsWhole: job.quiesce?.scope === "whole",
      holdsNobody: job.quiesce?.services.length === 0,
      freezerOf: freezerFor(context, { job, onWarning: (message) => reporter.warn(message) }),
      previous: newestOf(ready),
      onDatabase: (captured) => context.observer.databaseCaptured?.({ job: job.name, ...captured }),
      onProgress: ({ files, sourceBytes }) =>
        reporter.progress({ phase: "archiving", files, bytes: sourceBytes }),
    });
    const drop = sizeDrop(record, recordsIn(ready), job.freshness.maxDrop);
    if (drop !== undefined) reporter.warn(`The point is much smaller: ${dropText(drop, formatSize)}.`);
    const inRun = ready.map((store, at) => ({ ...store, failure: failures[at] }));
    const caughtUp = await catchUp(context, { job, record, signal, reporter, stores: inRun });
    troubles.push(...caughtUp.flatMap(({ problems }) => problems));
    const good = ready.filter((_, at) => caughtUp[at]?.failure === undefined);
    const startedAt = Date.parse(record.startedAt);
    troubles.push(...(await pruneAfterBackup(context, job, startedAt, good, signal)));
    const inStores = ready.map((store, at) => resultOf(store, record, caughtUp[at]?.failure));
    return reportOf(whole, [...inStores, ...results], troubles);
  } finally {
    await Promise.all(locks.map((lock) => lock.release()));
  }
}

type ReadyStore = Readiness & { lock: Hold };

/** The stores to write to, and what is to be said of the others. Throws when there is none to write to. */
function sortOut(
  { job, signal }: BackupJobRequest,
  stores: readonly Readiness[],
): { ready: ReadyStore[]; results: StoreResult[] } {
  if (signal.aborted) throw cancellation(signal, `Backing up job ${job.name}`);
  const ready = stores.flatMap((store) =>
    store.lock === undefined || store.failure !== undefined ? [] : [{ ...store, lock: store.lock }],
  );
  const failures = stores.flatMap(({ store, failure }) =>
    failure === undefined ? [] : [{ store, failure }],
  );
  const [first] = failures;
  if (first !== undefined && ready.length === 0) throw first.failure;
  const results = failures.map(({ store, failure }): StoreResult => {
    return { store: store.name, outcome: "failed", storedBytes: 0, error: messageOf(failure) };
  });
  return { ready, results };
}

/** Takes the store's lock, clears what killed runs of the job left, finds the newest point. One store's trouble is its own. */
async function makeReady(
  { locks, catalog, stack, observer }: AppContext,
  { job, signal }: BackupJobRequest,
  store: Store,
  reporter: RunReporter,
): Promise<Readiness> {
  let lock: Hold | undefined;
  try {
    lock = await locks.hold(store, { operation: "backup", job: job.name, signal });
    const removed = await removeUncommitted(store, { stack, job: job.name, signal });
    const objects = removed.objects + removed.unfinished;
    if (objects > 0) {
      reporter.warn(
        `Removed what a killed run had left in ${store.name}: ${formatCount(objects, "object")}.`,
      );
      observer.leftoversRemoved?.({ job: job.name, store: store.name, objects });
    }
    if (removed.refused !== undefined && !job.prunedElsewhere.includes(store.name)) {
      reporter.warn(`What a killed run had left in ${store.name} is still there: ${removed.refused}`);
    }
    const { points, problems } = await catalog.listPoints(store, { stack, job: job.name, signal });
    for (const { message } of problems) reporter.warn(message);
    return { store, lock, points, failure: undefined };
  } catch (error) {
    return { store, lock, points: [], failure: asError(error) };
  }
}

/** Of the store that has the most points. */
function recordsIn(stores: readonly Readiness[]): CommitRecord[] {
  const [most] = stores.map(({ points }) => points).toSorted((a, b) => b.length - a.length);
  return (most ?? []).map(({ record }) => record);
}

function newestOf(stores: readonly Readiness[]): CommitRecord | undefined {
  const [newest] = stores.flatMap(({ points }) => points.slice(0, 1)).sort(byNewest);
  return newest?.record;
}

function reportOf(record: CommitRecord, stores: StoreResult[], troubles: string[]): BackupReport {
  const failures = stores.flatMap(({ outcome, error }) =>
    outcome === "failed" ? [error ?? "A store failed."] : [],
  );
  const reasons = [...failures, ...captureReason(record), ...troubles];
  return {
    outcome: reasons.length === 0 ? "succeeded" : "partial",
    reason: reasons.length === 0 ? undefined : reasons.join(" "),
    point: record.id,
    sourceBytes: record.totals.sourceBytes,
    files: record.totals.files,
    warningCount: record.warningCount,
    stores,
    details: { kind: record.kind, size: formatSize(record.totals.sourceBytes) },
    record,
  };
}

function captureReason({ warnings, warningCount }: CommitRecord): string[] {
  const [first] = warnings;
  if (first === undefined) return [];
  const others = warningCount > 1 ? ` (and ${warningCount - 1} more)` : "";
  return [`${first.message}${others}`];
}
