/** Which retention of a job holds in which store. */
import type { Job } from "./job.ts";
import type { RetentionPolicy } from "./retention.ts";

/** A store's own rules take the place of the job's altogether, but for the least number of verified points, which holds everywhere. */
export function retentionIn(
  { retention, keepFor }: Pick<Job, "retention" | "keepFor">,
  store: string,
): RetentionPolicy {
  const own = Object.hasOwn(keepFor, store) ? keepFor[store] : undefined;
  if (own === undefined) return retention;
  return retention.minimum === undefined ? own : { minimum: retention.minimum, ...own };
}
