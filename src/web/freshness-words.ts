/** Which job is not fresh in which store, and why, in words: for the health check and the status page alike. */
import type { JobStatus, JobStoreStatus, StackStatus } from "../app/read-status.ts";
import type { Freshness } from "../domain/freshness.ts";
import { formatDuration } from "../domain/human-text.ts";

export interface Staleness {
  job: string;
  store: string;
  freshness: Freshness;
  /** Not a whole sentence: "the newest point is 2 d old, the limit is 1 d 2 h". */
  reason: string;
}

/** Every job and store that is not fresh, in the order of the config. */
export function notFresh(status: StackStatus): Staleness[] {
  return status.jobs.flatMap((job) =>
    job.stores
      .filter(({ freshness }) => freshness !== "fresh")
      .map((inStore) => ({
        job: job.name,
        store: inStore.store,
        freshness: inStore.freshness,
        reason: [whyNotFresh(job, inStore), ...lastFailure(job)].join("; "),
      })),
  );
}

function whyNotFresh(job: JobStatus, { freshness, age }: JobStoreStatus): string {
  if (freshness === "never" || age === undefined) return "there is no point yet";
  return [`the newest point is ${formatDuration(age)} old`, ...expectation(job, freshness)].join(", ");
}

/** What the newest point is held against. */
export function expectation({ maxAge }: JobStatus, freshness: Freshness): string[] {
  if (freshness === "late") return ["a newer one was due"];
  return freshness !== "stale" || maxAge === undefined ? [] : [`the limit is ${formatDuration(maxAge)}`];
}

function lastFailure({ lastRun }: JobStatus): string[] {
  if (lastRun === undefined || lastRun.outcome === "succeeded") return [];
  return [
    `the last run ${ENDED[lastRun.outcome]}${lastRun.reason === undefined ? "" : `: ${lastRun.reason}`}`,
  ];
}

const ENDED = {
  partial: "was partial",
  failed: "failed",
  cancelled: "was cancelled",
  skipped: "was skipped",
};
