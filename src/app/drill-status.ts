/** How well a job's points are proven by drills: from the history, and from the proofs beside the points where that is lost. */
import { ageLimit } from "../domain/freshness.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { RunRecord } from "../domain/run.ts";
import type { RunHistory } from "../ports/state.ts";

export interface DrillStatus {
  /** Undefined: only by hand. */
  schedule: { expression: string; timezone: string } | undefined;
  nextAt: Instant | undefined;
  /** The newest that says something: neither a cancelled one nor one that was skipped. */
  lastRun: RunRecord | undefined;
  /** When a drill last passed. */
  lastSuccessAt: Instant | undefined;
  /** What that one took, from the decision until its checks had passed: the measured RTO. */
  restoreMs: Milliseconds | undefined;
  /** Age of the last drill that passed at which another one is overdue; undefined: never. */
  maxAge: Milliseconds | undefined;
  /** Since when one is. */
  overdueSince: Instant | undefined;
}

interface DrillFacts {
  runs: RunHistory;
  /** Of the job, in its stores. */
  points: readonly CatalogPoint[];
  now: Instant;
}

/** How far back a run that counts is looked for. */
const RECENT_RUNS = 30;

export function drillStatus(job: Job, { runs, points, now }: DrillFacts): DrillStatus {
  const { schedule, maxAge } = job.drill;
  const recent = runs.recent({ job: job.name, operation: "drill", limit: RECENT_RUNS });
  const passed = newestSuccess(recent, points);
  const isWanted = schedule !== undefined || maxAge !== undefined;
  const since = passed?.at ?? (isWanted ? drillsSince(runs, job.name, now) : now);
  const limit = isWanted ? ageLimit({ schedule, maxAge, around: since }) : undefined;
  const overdueAt = limit === undefined ? undefined : since + limit;
  return {
    schedule: schedule && { expression: schedule.expression, timezone: schedule.timezone },
    nextAt: schedule?.next(now),
    lastRun: recent.find(({ outcome }) => outcome !== "cancelled" && outcome !== "skipped"),
    lastSuccessAt: passed?.at,
    restoreMs: passed?.restoreMs,
    maxAge: limit,
    overdueSince: overdueAt !== undefined && now > overdueAt ? overdueAt : undefined,
  };
}

/** Since when the job is to be drilled, as far as the state knows. It may have been backed up for long before. */
export function drillsSince(runs: RunHistory, job: string, now: Instant): Instant {
  // No name of a job has a slash in it.
  return runs.firstSeen(`${job}/drill`, now);
}

interface Success {
  at: Instant;
  restoreMs: Milliseconds | undefined;
}

function newestSuccess(runs: readonly RunRecord[], points: readonly CatalogPoint[]): Success | undefined {
  const inHistory = runs.flatMap(({ outcome, finishedAt, restoreMs, durationMs }): Success[] =>
    outcome === "succeeded" ? [{ at: finishedAt, restoreMs: restoreMs ?? durationMs }] : [],
  );
  const beside = points.flatMap(({ lastProof: proof }): Success[] =>
    proof?.operation === "drill" && proof.outcome === "passed"
      ? [{ at: Date.parse(proof.at), restoreMs: proof.measured?.restoreMs }]
      : [],
  );
  return [...inHistory, ...beside].toSorted((a, b) => b.at - a.at)[0];
}
