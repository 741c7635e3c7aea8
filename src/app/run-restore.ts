/** Restores a recovery point of a volume into a directory, from the first store that can give it whole. */
import type { InPlaceOptions } from "../archive/in-place/in-place-staging.ts";
import type { ProtectedPlace } from "../archive/restore/protected-places.ts";
import type { CompleteSelection } from "../archive/restore/side-files.ts";
import { keptName } from "../archive/restore/staging-name.ts";
import { restoreTree, type RestoreTreeResult } from "../archive/restore-tree.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { PointChoice } from "./find-point.ts";
import { locatePoint, type PointCopy } from "./locate-point.ts";
import { lockSource } from "./lock-source.ts";
import { openChain } from "./open-chain.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { whatPointLacks } from "./what-point-lacks.ts";

export interface RestoreRequest {
  job: string;
  choice: PointChoice;
  /** In the order of preference. */
  stores: readonly Store[];
  /** Files or subtrees, relative to the source's root; undefined: all of it. */
  paths?: readonly string[] | undefined;
  /** Device nodes are restored too. */
  withDevices?: boolean | undefined;
  /** Directory to restore to. */
  target: string;
  onExisting: "refuse" | "replace";
  /** Given, the target is the job's source, and its content is replaced. */
  inPlace?: InPlaceRequest | undefined;
  /** The stores' own directories, the state, the sources: a restore over them would be the loss it is to undo. */
  protectedPlaces: readonly ProtectedPlace[];
  signal: AbortSignal;
}

export interface InPlaceRequest {
  keepOld: boolean;
  /** What the source holds already is not written again. */
  delta: boolean;
  /** The old content waits until somebody says which of them stays. */
  onTrial: boolean;
  /** Those of the job: backups to them wait. */
  jobStores: readonly Store[];
  /** Whoever started this process keeps backups of the job from running. */
  isLocked?: boolean | undefined;
}

export interface RestoreReport extends RunReport {
  restored: CatalogPoint;
  files: number;
  entries: number;
  bytes: number;
  /** Where the old content is, when it was kept. */
  kept: string | undefined;
  /** What the source held already; undefined when everything was written. */
  reused: RestoreTreeResult["reused"];
  warnings: string[];
}

/** The target is either what it was or wholly restored, whatever happens (invariant 7). */
export async function runRestore(
  context: AppContext,
  request: RestoreRequest,
): Promise<FinishedRun<RestoreReport>> {
  const { job, target, paths } = request;
  return performRun(context, { job, operation: "restore", trigger: "command" }, async (reporter) => {
    const { catalog, stack } = context;
    const { copies, warnings } = await locatePoint({ ...request, catalog, stack });
    for (const warning of warnings) reporter.warn(warning);
    const { copy, tree, failures } = await whileLocked(context, request, reporter, (locked) =>
      fromFirstGoodCopy(context, locked, copies, reporter),
    );
    const all = [...warnings, ...failures, ...tree.warnings];
    for (const warning of all.slice(warnings.length)) reporter.warn(warning);
    return {
      outcome: all.length === 0 ? "succeeded" : "partial",
      reason: all[0],
      point: copy.point.id,
      files: tree.files,
      // Only of a whole restore: how long one file took says nothing of the day when all is lost.
      ...(paths === undefined ? { sourceBytes: tree.bytes } : {}),
      warningCount: all.length,
      details: {
        ...{ store: copy.store.name, target, paths, bytes: tree.bytes },
        ...(request.inPlace === undefined ? {} : { inPlace: true, kept: tree.kept, reused: tree.reused }),
      },
      restored: copy.point,
      entries: tree.entries,
      bytes: tree.bytes,
      kept: tree.kept,
      reused: tree.reused,
      warnings: all,
    };
  });
}

async function whileLocked<T>(
  context: AppContext,
  request: RestoreRequest,
  reporter: RunReporter,
  restore: (request: RestoreRequest) => Promise<T>,
): Promise<T> {
  const { inPlace, job, signal } = request;
  if (inPlace === undefined || inPlace.isLocked === true) return restore(request);
  const warn = (message: string): void => reporter.warn(message);
  const lock = await lockSource(context, { job, signal, warn, stores: inPlace.jobStores });
  try {
    return await restore({ ...request, signal: lock.signal });
  } finally {
    await lock.release();
  }
}

interface Restored {
  copy: PointCopy;
  tree: RestoreTreeResult;
  /** Why the copies before this one could not be used. */
  failures: string[];
}

async function fromFirstGoodCopy(
  context: AppContext,
  request: RestoreRequest,
  copies: readonly PointCopy[],
  reporter: RunReporter,
): Promise<Restored> {
  const failures: string[] = [];
  for (const [at, copy] of copies.entries()) {
    try {
      return { copy, tree: await restoreCopy(context, request, copy, reporter), failures };
    } catch (error) {
      if (at === copies.length - 1 || !isTroubleOfTheStore(error)) throw error;
      failures.push(messageOf(error));
    }
  }
  throw new HoldfastError("internal", {
    what: `Restoring job ${request.job}`,
    why: "there was no copy to restore from",
  });
}

/** The same point from another store may be whole. */
function isTroubleOfTheStore(error: unknown): boolean {
  return error instanceof HoldfastError && ["damaged", "store", "not-found", "timeout"].includes(error.code);
}

async function restoreCopy(
  context: AppContext,
  request: RestoreRequest,
  { store, point, siblings }: PointCopy,
  reporter: RunReporter,
): Promise<RestoreTreeResult> {
  const { record } = point;
  const use = await context.locks.use(store, {
    operation: "restore",
    points: [point.id, ...record.needs],
    signal: request.signal,
  });
  if (use.warning !== undefined) reporter.warn(use.warning);
  const signal = AbortSignal.any([request.signal, use.signal]);
  try {
    const { selection, ...objects } = await openChain({
      ...{ store, record, siblings, paths: request.paths, signal },
    });
    if (request.inPlace !== undefined) assertNoneAlone(selection);
    return await restoreTree({
      ...objects,
      paths: selection.paths,
      leaving: selection.leaving,
      withDevices: request.withDevices,
      target: request.target,
      onExisting: request.onExisting,
      inPlace: inPlaceOptions(context, request, point),
      protectedPlaces: request.protectedPlaces,
      processes: context.processes,
      signal,
      onProgress: ({ files, bytes }) =>
        reporter.progress({
          phase: "restoring",
          files,
          bytes,
          totalBytes: request.paths === undefined ? record.totals.sourceBytes : undefined,
        }),
    });
  } finally {
    await use.release();
  }
}

/** Beside another main file it would be taken for that one's log. */
function assertNoneAlone({ alone: [first] }: CompleteSelection): void {
  if (first === undefined) return;
  throw new HoldfastError("refused", {
    what: `Restoring ${first.path} in place`,
    why: `it belongs to database ${first.database}, and would damage that in any other state`,
    next: `restore ${first.database}, which brings it along, or this file alone with --to DIRECTORY`,
  });
}

/** What the point cannot bring back is never removed. */
function inPlaceOptions(
  { clock }: AppContext,
  { inPlace, job }: RestoreRequest,
  { id, record }: CatalogPoint,
): InPlaceOptions | undefined {
  if (inPlace === undefined) return undefined;
  const keepOld = inPlace.keepOld || whatPointLacks(record) !== undefined;
  return {
    title: `The restore of point ${id} of job ${job} in place`,
    ...{ keepOld, delta: inPlace.delta, onTrial: inPlace.onTrial, keptName: keptName(clock.now()) },
    sourceBytes: record.totals.sourceBytes,
  };
}
