/** What alerts about drills say. */
import type { Problem } from "../domain/alerts.ts";
import { CONFIG_JOB } from "../domain/config-job.ts";
import { formatDuration } from "../domain/human-text.ts";
import type { Instant } from "../domain/instant.ts";
import type { RunRecord } from "../domain/run.ts";
import { sentence, when } from "./alert-texts.ts";
import type { JobStatus } from "./read-status.ts";

/** A drill that came to a verdict has found what a restore would find; one that could not be done says nothing about the point. */
export function drillFailed(job: JobStatus, run: RunRecord): Problem {
  if (job.name === CONFIG_JOB) return stackDrillFailed(job, run);
  const ofPoint = run.point === undefined ? "" : ` of ${run.point}`;
  const meaning =
    run.point === undefined
      ? "Whether the points can be restored is not known from it."
      : "Restored on the bad day, it would be as wrong.";
  return {
    condition: "drill-failed",
    job: job.name,
    severity: run.point === undefined ? "warning" : "critical",
    title: `The last drill of ${job.name} ${run.point === undefined ? "could not be done" : "failed"}`,
    detail: `The drill${ofPoint} at ${when(run.startedAt)}: ${sentence(run.reason ?? "no reason was kept")} ${meaning} ${lastPassed(job)}`,
    next: `Run \`holdfast drill ${job.name}\` once that is mended; another point is tried with \`--point\`.`,
  };
}

/** Of all that the stack has: none of its points is to blame by itself. */
function stackDrillFailed(job: JobStatus, run: RunRecord): Problem {
  return {
    ...{ condition: "drill-failed", job: job.name, severity: "critical" },
    title: "The last drill of the stack failed",
    detail: `The drill at ${when(run.startedAt)}, which brings the whole stack up out of its points: ${sentence(run.reason ?? "no reason was kept")} ${lastPassed(job)}`,
    next: "Run `holdfast drill --stack` once that is mended; `holdfast recover --to-project NAME` leaves such a copy there to be looked at.",
  };
}

export function drillOverdue(job: JobStatus, since: Instant): Problem {
  const { maxAge } = job.drill;
  const limit = maxAge === undefined ? "" : `; at least one in ${formatDuration(maxAge)} is expected`;
  return {
    condition: "drill-overdue",
    job: job.name,
    severity: "warning",
    title: `A drill of ${job.name} is overdue`,
    detail: `${lastPassed(job)} Another one is overdue since ${when(since)}${limit}. Until then nobody knows that its points can be restored, or how long that takes.`,
    next: `Run \`holdfast drill ${job.name === CONFIG_JOB ? "--stack" : job.name}\`; the log says what became of those that were scheduled.`,
  };
}

function lastPassed({ drill }: JobStatus): string {
  return drill.lastSuccessAt === undefined
    ? "No drill of it has passed yet."
    : `The last one that passed was at ${when(drill.lastSuccessAt)}.`;
}
