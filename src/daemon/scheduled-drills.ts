/** When the jobs' points are due to be drilled. */
import { drillsSince } from "../app/drill-status.ts";
import type { Job } from "../domain/job.ts";
import { lastAttempt, type Attempts } from "./scheduled-verifies.ts";
import type { ScheduledJob } from "./scheduler.ts";

/** Caught up on from the last drill of any kind, else from when drills were first asked for: a new schedule costs nothing before it is due. */
export function scheduledDrills(jobs: readonly Job[], { runs, now }: Attempts): ScheduledJob[] {
  return jobs.flatMap(({ name, drill: { schedule }, jitter }) => {
    if (schedule === undefined) return [];
    const attempted = lastAttempt(runs, name, "drill") ?? drillsSince(runs, name, now);
    return [{ name, schedule, jitter, lastAttempt: attempted }];
  });
}
