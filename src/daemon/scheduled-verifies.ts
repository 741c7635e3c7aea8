/** When the jobs' stored points are due to be read again. */
import type { Job } from "../domain/job.ts";
import type { Instant } from "../domain/instant.ts";
import type { Operation } from "../domain/run.ts";
import type { RunHistory } from "../ports/state.ts";
import type { ScheduledJob } from "./scheduler.ts";

/** How far back an attempt is looked for: a restart cancels one run at a time. */
const RECENT_RUNS = 10;

export interface Attempts {
  runs: RunHistory;
  now: Instant;
}

/** Caught up on from the last verify of any kind, else from when the job was first seen. */
export function scheduledVerifies(jobs: readonly Job[], { runs, now }: Attempts): ScheduledJob[] {
  return jobs.flatMap(({ name, verify: { schedule }, jitter }) => {
    if (schedule === undefined) return [];
    const attempted = lastAttempt(runs, name, "verify") ?? runs.firstSeen(name, now);
    return [{ name, schedule, jitter, lastAttempt: attempted }];
  });
}

/** When a run of the job was last begun, by whomever; a cancelled one was no attempt. */
export function lastAttempt(runs: RunHistory, job: string, operation: Operation): Instant | undefined {
  return runs
    .recent({ job, operation, limit: RECENT_RUNS })
    .find(({ outcome }) => outcome !== "cancelled" && outcome !== "skipped")?.startedAt;
}
