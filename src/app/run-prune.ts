/**
 * Applies a job's retention to one store: plan, refuse or execute. Whatever moment it is cut off at, every point that
 * is still listed can be restored: a point goes before the points it needs, and its commit record goes first.
 */
import { cancellation, HoldfastError, isRefusedForGood, messageOf } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { planRetention } from "../domain/plan-retention.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { retentionIn } from "../domain/retention-in.ts";
import { removalOrder } from "../domain/removal-order.ts";
import type { RetentionDecision, RetentionPoint } from "../domain/retention.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { Store } from "../ports/store.ts";
import { pointsToJudge, whyNotOurs } from "./points-to-prune.ts";
import type { UnusablePoint } from "./points-to-prune.ts";
import { removePoint } from "./remove-point.ts";

export interface PruneRequest {
  store: Store;
  stack: string;
  job: Pick<Job, "name" | "retention" | "keepFor">;
  /** Every point of the job in the store, listed under the stack's lock, which the caller holds to the end. */
  points: readonly CatalogPoint[];
  /** What the same listing found and could not use. */
  problems: readonly UnusablePoint[];
  /** Ids of the points that a restore or a drill reads. */
  inUse: ReadonlySet<string>;
  timezone: string;
  now: Instant;
  /** Only plan. */
  dryRun: boolean;
  signal: AbortSignal;
  /** Throws when the caller's lock is lost; called before each point goes. */
  beforeEach?: (() => void) | undefined;
  observer?: RunObserver | undefined;
}

export interface PruneResult {
  /** Newest first; those about points that are not this job's come last. */
  decisions: RetentionDecision[];
  /** Ids of the points that are gone, in the order they went. */
  removed: string[];
}

const NEXT_PRUNE = "what is still listed can be restored, so prune again";
const NEXT_REFUSED =
  "give the store `pruneCredentials`, or prune from a machine whose identity may delete, and set `pruning: elsewhere` here";

/** Ended before all was removed that the plan said. What is listed is whole; `removed` is gone. */
export class PruneInterrupted extends HoldfastError implements PruneResult {
  readonly decisions: RetentionDecision[];
  readonly removed: string[];

  constructor(request: PruneRequest, { decisions, removed }: PruneResult, error: unknown) {
    const planned = decisions.filter(({ action }) => action === "remove").length;
    const facts = {
      what: pruning(request),
      why: `it stopped after ${removed.length} of ${planned} points: ${messageOf(error)}`,
      next: isRefusedForGood(error) ? NEXT_REFUSED : NEXT_PRUNE,
      cause: error,
    };
    if (error instanceof HoldfastError) super(error.code, { ...facts, transient: error.transient });
    else super("internal", facts);
    this.name = "PruneInterrupted";
    this.decisions = decisions;
    this.removed = removed;
  }
}

/**
 * Throws `refused` when the plan is not safe, having removed nothing, and PruneInterrupted, with the code of what
 * stopped it, at the first deletion that fails. What the store itself does not let go of yet stays, which is no failure. Never to be called after a failed backup run: the caller's promise.
 */
export async function pruneStore(request: PruneRequest): Promise<PruneResult> {
  const { job, timezone, now } = request;
  const ours = request.points.filter((point) => whyNotOurs(point, request) === undefined);
  const points = pointsToJudge(ours, request);
  const plan = planRetention({ points, policy: retentionIn(job, request.store.name), timezone, now });
  if (plan.refusal !== undefined) throw refusal(request, plan.refusal);
  const result: PruneResult = { decisions: [...plan.decisions, ...leftAlone(request)], removed: [] };
  if (request.dryRun) return result;
  const going = new Set(plan.decisions.filter(({ action }) => action === "remove").map(({ id }) => id));
  const order = removalOrder(points.filter(({ id }) => going.has(id)));
  const keptByStore = new Map<string, string>();
  try {
    await removeAll(order, request, { removed: result.removed, keptByStore });
  } catch (error) {
    throw new PruneInterrupted(request, result, error);
  } finally {
    report(request, result.removed);
    result.decisions = result.decisions.map((decision) => unlessKept(decision, keptByStore));
  }
  return result;
}

/** `keptByStore`: why, of each point that was to go. */
async function removeAll(
  order: readonly RetentionPoint[],
  request: PruneRequest,
  { removed, keptByStore }: { removed: string[]; keptByStore: Map<string, string> },
): Promise<void> {
  const { store, stack, job, signal } = request;
  for (const { id, needs } of order) {
    if (signal.aborted) throw cancellation(signal, pruning(request));
    request.beforeEach?.();
    const point = { store, stack, job: job.name, id, signal, onGone: () => removed.push(id) };
    if (!keptByStore.has(id))
      await removePoint(point).catch((error: unknown) => keep(error, id, keptByStore));
    // Whoever needs others comes before them: they stay with it.
    if (keptByStore.has(id)) for (const other of needs) keptByStore.set(other, `needed by ${id}`);
  }
}

function keep(error: unknown, id: string, keptByStore: Map<string, string>): void {
  if (!(error instanceof HoldfastError) || error.code !== "retained") throw error;
  keptByStore.set(id, error.facts.why);
}

function unlessKept(
  decision: RetentionDecision,
  keptByStore: ReadonlyMap<string, string>,
): RetentionDecision {
  const why = decision.action === "remove" ? keptByStore.get(decision.id) : undefined;
  return why === undefined ? decision : { ...decision, action: "keep", reasons: [why] };
}

function report({ observer, job, store }: PruneRequest, removed: readonly string[]): void {
  if (removed.length > 0) {
    observer?.pointsPruned?.({ job: job.name, store: store.name, points: [...removed] });
  }
}

function leftAlone(request: PruneRequest): RetentionDecision[] {
  return request.points.flatMap((point) => {
    const why = whyNotOurs(point, request);
    const { id, startedAt } = point;
    return why === undefined ? [] : [{ id, startedAt, action: "keep", reasons: [`left alone: ${why}`] }];
  });
}

function refusal(request: PruneRequest, why: string): HoldfastError {
  const next = "nothing was removed; correct the policy or the catalog and prune with --dry-run first";
  return new HoldfastError("refused", { what: pruning(request), why, next });
}

function pruning({ job, store }: PruneRequest): string {
  return `Pruning job ${job.name} in store ${store.name}`;
}
