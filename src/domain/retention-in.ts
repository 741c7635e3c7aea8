/** Which retention of a job holds in which store. */
import { describePolicy } from "./describe-policy.ts";
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

/** A policy as a sentence, and the key of the job that says so. */
export interface DescribedRetention {
  policy: string;
  from: "retention" | "keepFor";
}

export function describeRetentionIn(
  job: Pick<Job, "retention" | "keepFor">,
  store: string,
): DescribedRetention {
  const from = Object.hasOwn(job.keepFor, store) ? "keepFor" : "retention";
  return { policy: describePolicy(retentionIn(job, store)), from };
}
