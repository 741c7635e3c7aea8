/** The jobs that can be read: those of the config, and those that only the stores know, because they were removed or their directory is lost. */
import { listEverywhere } from "../app/locate-point.ts";
import type { Store } from "../ports/store.ts";
import type { Stack } from "./compose.ts";

/** What reading, verifying and restoring need of a job; a WiredJob is one. */
export interface ReadableJob {
  job: { name: string; timezone: string };
  /** In the order of preference when restoring. */
  stores: readonly Store[];
}

/** Throws `usage` when neither the config nor a store that answers knows the job. */
export async function findJob(stack: Stack, name: string, signal: AbortSignal): Promise<ReadableJob> {
  const configured = stack.jobs.find(({ job }) => job.name === name);
  if (configured !== undefined) return configured;
  const known = await jobsInStores(stack, signal);
  return known.includes(name) ? onlyInStores(stack, name) : stack.job(name, known);
}

/** The configured ones first. */
export async function allJobs(stack: Stack, signal: AbortSignal): Promise<ReadableJob[]> {
  const configured = new Set(stack.jobs.map(({ job }) => job.name));
  const others = (await jobsInStores(stack, signal)).filter((name) => !configured.has(name));
  return [...stack.jobs, ...others.map((name) => onlyInStores(stack, name))];
}

/** Names of the jobs that have points in a store that answers, also unusable ones; throws when none answers. */
async function jobsInStores({ context, stores }: Stack, signal: AbortSignal): Promise<string[]> {
  const { catalog, stack } = context;
  const { points, problems } = await listEverywhere({ catalog, stores, stack, signal });
  return [...new Set([...points, ...problems].map(({ job }) => job))].sort();
}

function onlyInStores({ config, stores }: Stack, name: string): ReadableJob {
  return { job: { name, timezone: config.timezone }, stores };
}
