/** Storage classes that are billed for longer than the retention keeps what lies in them. */
import { formatDuration } from "../domain/human-text.ts";
import { DAY, type Instant, type Milliseconds } from "../domain/instant.ts";
import { retentionIn } from "../domain/retention-in.ts";
import { longestInterval } from "../domain/schedule-interval.ts";
import { shortestLife } from "../domain/shortest-life.ts";
import type { LoadedConfig } from "./loaded-config.ts";
import type { StoreOptions } from "./schema.ts";

/**
 * https://cloud.google.com/storage/docs/storage-classes and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html; names of the two do not meet.
 */
const BILLED_AT_LEAST: Readonly<Record<string, Milliseconds>> = {
  ...{ NEARLINE: 30 * DAY, COLDLINE: 90 * DAY, ARCHIVE: 365 * DAY },
  ...{ STANDARD_IA: 30 * DAY, ONEZONE_IA: 30 * DAY },
  ...{ GLACIER_IR: 90 * DAY, GLACIER: 90 * DAY, DEEP_ARCHIVE: 180 * DAY },
};

/** A sentence for each job and store; none for jobs without a schedule, whose points may be any time apart. */
export function storageClassWarnings(
  { stores, jobs, stackJobs }: Pick<LoadedConfig, "stores" | "jobs" | "stackJobs">,
  now: Instant,
): string[] {
  return stores.flatMap(({ name, options }) => {
    const storageClass = storageClassOf(options);
    const billed = BILLED_AT_LEAST[storageClass ?? ""];
    if (storageClass === undefined || billed === undefined) return [];
    return [...jobs, ...stackJobs].flatMap(({ job }) => {
      const interval = job.schedule && longestInterval(job.schedule, now);
      if (interval === undefined || !job.stores.includes(name)) return [];
      const life = shortestLife(retentionIn(job, name), interval);
      if (life >= billed) return [];
      return [
        `Points of job ${job.name} may go from store ${name} after ${life === 0 ? "their first day" : formatDuration(life)}, and its storage class ${storageClass} is billed for at least ${formatDuration(billed)}: keep them longer there (\`keepFor\`), or choose another class.`,
      ];
    });
  });
}

function storageClassOf(options: StoreOptions): string | undefined {
  return options.kind === "gcs" || options.kind === "s3" ? options.storageClass : undefined;
}
