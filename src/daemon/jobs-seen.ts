/**
 * Where jobs are made of directories, a directory that is lost must not make its job vanish. The jobs there were are those that
 * the stores hold points of; for a store that does not answer, those that the history knows to have made one.
 */
import type { AppContext } from "../app/app-context.ts";
import { listPointFolders } from "../app/point-folders.ts";
import { within } from "../app/within.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { CONFIG_JOB } from "../domain/config-job.ts";
import { COMMIT_RECORD, type CommitRecord } from "../domain/recovery-point.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { RunHistory } from "../ports/state.ts";
import type { Store } from "../ports/store.ts";
import { composeStack, type Stack } from "./compose.ts";

/** A store that takes longer is taken for one that does not answer. */
const LOOK_LIMIT: Milliseconds = MINUTE;

/** Backup runs of a job that are asked whether they made a point. */
const RUNS_ASKED = 100;

export interface LookAround {
  tool: { name: string; version: string };
  signal: AbortSignal;
}

/** Names of jobs that have points and are not in the config; sorted. Reads no point, only their names. */
export async function jobsSeenBefore(config: LoadedConfig, { tool, signal }: LookAround): Promise<string[]> {
  return inStack(config, tool, (stack) => namesSeen(stack, signal));
}

/** The newest commit record of each such job that a store gives. */
export async function recordsSeenBefore(
  config: LoadedConfig,
  { tool, signal }: LookAround,
): Promise<CommitRecord[]> {
  return inStack(config, tool, async (stack) => {
    const names = await namesSeen(stack, signal);
    const records = await Promise.all(names.map((job) => newestRecord(stack, job, signal)));
    return records.flatMap((record) => record ?? []);
  });
}

async function inStack<T>(
  config: LoadedConfig,
  tool: LookAround["tool"],
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  // What is wrong with the state is told by whoever opens the stack to work with it.
  const quiet = { observers: [], onEvent: () => undefined, stateIs: "optional" } as const;
  const stack = await composeStack({ ...quiet, config, tool, actor: "start" });
  try {
    return await work(stack);
  } finally {
    stack.close();
  }
}

async function namesSeen({ config, context, stores }: Stack, signal: AbortSignal): Promise<string[]> {
  const configured = new Set([...config.jobs.map(({ job }) => job.name), CONFIG_JOB]);
  const seen = await jobsWithPoints(context, stores, signal);
  return seen.filter((name) => !configured.has(name)).sort();
}

async function newestRecord(
  { context: { catalog, clock, stack }, stores }: Stack,
  job: string,
  signal: AbortSignal,
): Promise<CommitRecord | undefined> {
  for (const store of stores) {
    const what = `Looking at the points of job ${job} in store ${store.name}`;
    const listing = await within({ clock, signal, limit: LOOK_LIMIT, what }, (both) =>
      catalog.listPoints(store, { stack, job, signal: both }),
    ).catch(() => undefined);
    signal.throwIfAborted();
    const newest = listing?.points[0];
    if (newest !== undefined) return newest.record;
  }
  return undefined;
}

export async function jobsWithPoints(
  { clock, stack, state }: Pick<AppContext, "clock" | "stack" | "state">,
  stores: readonly Store[],
  signal: AbortSignal,
): Promise<string[]> {
  const looks = await Promise.allSettled(
    stores.map((store) =>
      within({ clock, signal, limit: LOOK_LIMIT, what: `Looking at store ${store.name}` }, (both) =>
        listPointFolders(store, { stack, signal: both }),
      ),
    ),
  );
  signal.throwIfAborted();
  const inStores = looks.flatMap((look) =>
    look.status === "fulfilled"
      ? look.value.folders.flatMap(({ job, objects }) => (objects.has(COMMIT_RECORD) ? [job] : []))
      : [],
  );
  const allAnswered = looks.every(({ status }) => status === "fulfilled");
  return [...new Set([...inStores, ...(allAnswered ? [] : jobsInHistory(state.runs))])];
}

function jobsInHistory(runs: RunHistory): string[] {
  const backups = (job: string) => runs.recent({ job, operation: "backup", limit: RUNS_ASKED });
  return runs.jobs().filter((job) => backups(job).some(({ point }) => point !== undefined));
}
