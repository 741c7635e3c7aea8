/** Restores a recovery point of a volume into a directory, from the first store that can give it whole. */
import type { RestoreTreeResult } from "../archive/restore-tree.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { AppContext } from "./app-context.ts";
import { locatePoint, type PointCopy } from "./locate-point.ts";
import { lockSource } from "./lock-source.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { restoreCopy, type RestoredTree } from "./restore-copy.ts";
import type { RestoreRequest } from "./restore-request.ts";
import { isTroubleOfTheStore } from "./trouble-of-store.ts";

export interface RestoreReport extends RunReport {
  restored: CatalogPoint;
  files: number;
  entries: number;
  bytes: number;
  /** Where the old content is, when it was kept. */
  kept: string | undefined;
  /** What the source held already; undefined when everything was written. */
  reused: RestoreTreeResult["reused"];
  /** Databases that were opened, and are sound; undefined when none was to be opened. */
  databases: number | undefined;
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
        ...{ store: copy.store.name, target, paths, bytes: tree.bytes, databases: tree.databases },
        ...(request.inPlace === undefined ? {} : { inPlace: true, kept: tree.kept, reused: tree.reused }),
      },
      restored: copy.point,
      entries: tree.entries,
      bytes: tree.bytes,
      kept: tree.kept,
      reused: tree.reused,
      databases: tree.databases,
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
  tree: RestoredTree;
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
