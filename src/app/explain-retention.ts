/** What keeps each point of a job in each store, or why the next prune removes it: of what was last seen, without listing anything. */
import type { Instant } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { planRetention } from "../domain/plan-retention.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { retentionIn } from "../domain/retention-in.ts";
import type { RetentionDecision } from "../domain/retention.ts";
import { pointsToJudge, whyNotOurs, type UnusablePoint } from "./points-to-prune.ts";

export interface SeenPoints {
  stack: string;
  /** Of the job, in all stores. */
  points: readonly CatalogPoint[];
  problems: readonly (UnusablePoint & { store: string })[];
  now: Instant;
}

/** A prune judges again, and spares what a restore reads at that moment. */
export function explainRetention(job: Job, seen: SeenPoints): Map<string, RetentionDecision[]> {
  return new Map(job.stores.map((store) => [store, decisionsIn(job, store, seen)]));
}

function decisionsIn(
  job: Job,
  store: string,
  { stack, points, problems, now }: SeenPoints,
): RetentionDecision[] {
  const there = points.filter((point) => point.store === store);
  const elsewhere = whoPrunes(job, store);
  if (elsewhere !== undefined) {
    return there.map(({ id, startedAt }) => ({ id, startedAt, action: "keep", reasons: [elsewhere] }));
  }
  const ours = there.filter(
    (point) => whyNotOurs(point, { store: { name: store }, stack, job }) === undefined,
  );
  const judged = pointsToJudge(ours, {
    job,
    inUse: new Set(),
    problems: problems.filter((problem) => problem.store === store),
  });
  const policy = retentionIn(job, store);
  return planRetention({ points: judged, policy, timezone: job.timezone, now }).decisions;
}

function whoPrunes({ isObserved, prunedElsewhere }: Job, store: string): string | undefined {
  if (isObserved === true) return "made and removed by somebody else";
  return prunedElsewhere.includes(store) ? "pruned by another Holdfast" : undefined;
}
