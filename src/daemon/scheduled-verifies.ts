/** When the jobs' stored points are due to be read again. */
import type { Job } from "../domain/job.ts";
import type { Instant } from "../domain/instant.ts";
import type { RunHistory } from "../ports/state.ts";
import type { ScheduledJob } from "./scheduler.ts";

/** How far back an attempt is looked for: a restart cancels one run at a time. */
const RECENT_RUNS = 10;

/** Caught up on from the last verify of any kind, else from when the job was first seen; a cancelled one was no attempt. */
export function scheduledVerifies(
  jobs: readonly Job[],
  { runs, now }: { runs: RunHistory; now: Instant },
): ScheduledJob[] {
  return jobs.flatMap(({ name, verify: { schedule }, jitter }) => {
    if (schedule === undefined) return [];
    const attempted = runs
      .recent({ job: name, operation: "verify", limit: RECENT_RUNS })
      .find(({ outcome }) => outcome !== "cancelled" && outcome !== "skipped");
    const lastAttempt = attempted?.startedAt ?? runs.firstSeen(name, now);
    return [{ name, schedule, jitter, lastAttempt }];
  });
}
