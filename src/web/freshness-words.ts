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
        reason: [whyNotFresh(status, job, inStore), ...lastFailure(job)].join("; "),
      })),
  );
}

function whyNotFresh(status: StackStatus, job: JobStatus, inStore: JobStoreStatus): string {
  const { freshness, age, damaged } = inStore;
  if (freshness === "unknown") return whyNotKnown(status, inStore.store);
  const isDamaged = damaged.length > 0;
  if (freshness === "never" || age === undefined) {
    return isDamaged ? `there is no good point, ${damagedText(damaged.length)}` : "there is no point yet";
  }
  const newest = `the newest ${isDamaged ? "good " : ""}point is ${formatDuration(age)} old`;
  return [newest, ...expectation(job, freshness), ...(isDamaged ? [damagedText(damaged.length)] : [])].join(
    ", ",
  );
}

/** What stands where a freshness would, of a store that has not answered since this process began. */
export function whyNotKnown({ stores }: Pick<StackStatus, "stores">, name: string): string {
  const store = stores.find((each) => each.name === name);
  if (store?.up === undefined) return `store ${name} has not been looked at yet`;
  return `store ${name} does not answer: ${store.error ?? "it gave no reason"}`;
}

export function damagedText(count: number): string {
  return count === 1 ? "1 point is damaged" : `${count} points are damaged`;
}

/** Undefined once every store has been looked at. */
export function starting({ stores }: Pick<StackStatus, "stores">): string | undefined {
  const waiting = stores.flatMap(({ name, up }) => (up === undefined ? [name] : []));
  if (waiting.length === 0) return undefined;
  if (waiting.length === stores.length) return "starting: the stores have not been looked at yet";
  return `starting: not looked at yet: ${waiting.join(", ")}`;
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
