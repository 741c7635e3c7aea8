/** Copies points of a job that one store has and another one lacks: by hand, and under the lock of the store that is written to. */
import { cancellation } from "../domain/errors.ts";
import { formatSize } from "../domain/human-text.ts";
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogListing } from "./catalog.ts";
import { copyPoints, type CopyingResult } from "./copy-points.ts";
import { findPoint, type PointChoice } from "./find-point.ts";
import type { Hold } from "./held-locks.ts";
import { keepProof } from "./keep-proof.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { keptByRetention, planCopying, type Copying, type Keeping } from "./points-to-copy.ts";
import { removeUncommitted } from "./remove-leftovers.ts";

/** Which points are wanted: one, all, or those that the job's retention would keep in the store that is written to. */
export type CopyChoice = PointChoice | "all" | "kept";

export interface CopyRequest {
  job: Keeping;
  from: Store;
  to: Store;
  choice: CopyChoice;
  trigger: Trigger;
  signal: AbortSignal;
}

export interface CopyReport extends RunReport {
  copied: CopyingResult["copied"];
  /** One sentence each: what could not be copied, and why. */
  problems: string[];
}

/** Never rejects. Partial when a point that is wanted could not be copied; failed when the store that is written to took none. */
export async function runCopy(context: AppContext, request: CopyRequest): Promise<FinishedRun<CopyReport>> {
  const { job, to, trigger, signal } = request;
  return performRun(context, { job: job.name, operation: "copy", trigger }, async (reporter) => {
    const lock = await context.locks.hold(to, { operation: "copy", job: job.name, signal });
    try {
      return await copyUnder(lock, context, request, reporter);
    } finally {
      await lock.release();
    }
  });
}

async function copyUnder(
  lock: Hold,
  context: AppContext,
  request: CopyRequest,
  reporter: RunReporter,
): Promise<CopyReport> {
  const { job, from, to, signal } = request;
  const scope = { stack: context.stack, job: job.name, signal };
  await removeUncommitted(to, scope);
  const [original, target] = await Promise.all(
    [from, to].map((store) => context.catalog.listPoints(store, scope)),
  );
  if (original === undefined || target === undefined) throw cancellation(signal, "Listing stores");
  const held = { target: target.points, sources: [{ store: from, points: original.points }] };
  const plan = planCopying(wantedIds(context, request, held), held);
  const points = plan.copies.map(({ id }) => id);
  const use = await context.locks.use(from, { operation: "copy", points, signal });
  if (use.warning !== undefined) reporter.warn(use.warning);
  try {
    const both = AbortSignal.any([signal, use.signal]);
    const result = await copyPoints({
      ...{ plan, there: target.points, clock: context.clock, signal: both, to: { store: to, lock } },
      onProgress: (progress) => reporter.progress({ phase: `copying to ${to.name}`, files: 0, ...progress }),
      onDamaged: (store, point, problem) =>
        keepProof(context, store, point, { operation: "verify", problems: [problem] }, reporter),
    });
    return reportOf(context, request, withUnusable(result, original, target));
  } finally {
    await use.release();
  }
}

function wantedIds({ clock }: AppContext, { job, to, choice }: CopyRequest, held: Copying): Iterable<string> {
  const points = held.sources.flatMap((source) => source.points);
  if (choice === "all") return points.map(({ id }) => id);
  if (choice === "kept") return keptByRetention({ job, now: clock.now(), store: to.name }, held);
  return [findPoint(points, choice).id];
}

/** Points of the store that is read that nobody can use, other than those that are in the other store, whole. */
function withUnusable(result: CopyingResult, from: CatalogListing, target: CatalogListing): CopyingResult {
  const unusable = from.problems.filter(
    ({ kind, id }) => kind !== "proof-unreadable" && !target.points.some((point) => point.id === id),
  );
  return { ...result, problems: [...result.problems, ...unusable.map(({ message }) => message)] };
}

function reportOf(
  { observer }: AppContext,
  { job, to, signal }: CopyRequest,
  { copied, problems, failure }: CopyingResult,
): CopyReport {
  const points = copied.map(({ id }) => id);
  if (points.length > 0) observer.pointsCopied?.({ job: job.name, store: to.name, points });
  if (signal.aborted) throw cancellation(signal, `Copying points of job ${job.name}`);
  if (failure !== undefined && copied.length === 0) throw failure;
  const all = [...problems, ...(failure === undefined ? [] : [failure.message])];
  const bytes = copied.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  return {
    outcome: all.length === 0 ? "succeeded" : "partial",
    reason: all.length === 0 ? undefined : all.join(" "),
    warningCount: all.length,
    details: { to: to.name, points, size: formatSize(bytes) },
    copied,
    problems: all,
  };
}
