/** Sources of which only what is recent is taken, less of it than comes between two runs. */
import { parseDuration } from "../domain/duration.ts";
import { formatDuration } from "../domain/human-text.ts";
import type { Instant } from "../domain/instant.ts";
import { longestInterval } from "../domain/schedule-interval.ts";
import type { LoadedConfig } from "./loaded-config.ts";

/** A sentence for each job. */
export function recentWindowWarnings({ jobs }: Pick<LoadedConfig, "jobs">, now: Instant): string[] {
  return jobs.flatMap(({ job, source }) => {
    const text = source.kind === "volume" ? source.modifiedWithin?.trim() : undefined;
    const within = text === undefined ? undefined : parseDuration(text);
    const interval = job.schedule && longestInterval(job.schedule, now);
    if (within === undefined || interval === undefined || within > interval) return [];
    return [
      `Job ${job.name} takes what was modified within ${text}, and up to ${formatDuration(interval)} pass between its runs: what is modified meanwhile may get into no point. Make \`modifiedWithin\` a few times as long, or let it run more often.`,
    ];
  });
}
