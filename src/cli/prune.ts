/** `holdfast prune [job] [--dry-run]`: applies the retention, saying of each point why it stays or goes. */
import { planPruning, pruneJob, type StorePruning } from "../app/prune-job.ts";
import { describePolicy } from "../domain/describe-policy.ts";
import { formatCount } from "../domain/human-text.ts";
import type { Outcome } from "../domain/run.ts";
import { hasPoints } from "../app/is-config-kept.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { retentionIn } from "../domain/retention-in.ts";
import type { RetentionDecision } from "../domain/retention.ts";
import { exitCodeOf, exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { showRuns } from "./run-progress.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export const prune: Verb<{ dryRun?: boolean }, [job: string | undefined]> = async (context, options, name) =>
  withStack(
    context,
    async (stack) => {
      const jobs = name === undefined ? await allJobs(stack, context.signal) : [stack.job(name)];
      const pruned: PrunedJob[] = [];
      for (const { job, stores } of jobs) {
        const request = { job, stores, signal: context.signal };
        pruned.push(await (options.dryRun === true ? plan(stack, request) : apply(stack, request)));
        if (context.signal.aborted) break;
      }
      const verb = options.dryRun === true ? "would go" : "went";
      if (context.json) await printJson(context.terminal, pruned.flatMap(jsonOf));
      else for (const job of pruned) await print(context.terminal, job, verb);
      return exitCode(context, pruned);
    },
    [showRuns(context)],
  );

/** Where nobody backs up the config, nothing of it is to be pruned. */
async function allJobs({ jobs, configJob, context }: Stack, signal: AbortSignal): Promise<WiredJob[]> {
  const isKept = configJob !== undefined && (await hasPoints(context, { ...configJob, signal }));
  return isKept ? [...jobs, configJob] : [...jobs];
}

interface PrunedJob {
  job: string;
  /** What holds in a store, as a sentence. */
  policyIn: (store: string) => string;
  stores: readonly StorePruning[];
  outcome: Outcome;
  /** Why nothing at all was done. */
  error: Error | undefined;
}

type Request = Parameters<typeof planPruning>[1];

async function plan(stack: Stack, request: Request): Promise<PrunedJob> {
  const stores = await planPruning(stack.context, request);
  const error = stores.find((store) => store.error !== undefined)?.error;
  return { ...ofJob(request), stores, outcome: error === undefined ? "succeeded" : "failed", error };
}

async function apply(stack: Stack, request: Request): Promise<PrunedJob> {
  const { run, report, error } = await pruneJob(stack.context, { ...request, trigger: "command" });
  return { ...ofJob(request), stores: report?.pruned ?? [], outcome: run.outcome, error };
}

function ofJob({ job }: Request): Pick<PrunedJob, "job" | "policyIn"> {
  return { job: job.name, policyIn: (store) => describePolicy(retentionIn(job, store)) };
}

/** Of one job the code of its own error, such as refused; of several the worst outcome. */
function exitCode(context: VerbContext, pruned: readonly PrunedJob[]): ExitCode {
  if (context.signal.aborted) return exitCodeOf(context.signal.reason);
  const [first, ...others] = pruned;
  if (first?.error !== undefined && others.length === 0) return exitCodeOf(first.error);
  return exitCodeOfOutcomes(pruned.map(({ outcome }) => outcome));
}

function jsonOf({ job, stores, error, policyIn }: PrunedJob): object[] {
  if (stores.length === 0)
    return [{ job, store: null, decisions: [], removed: [], error: error?.message ?? null }];
  return stores.map((store) => ({
    job,
    policy: policyIn(store.store),
    ...store,
    error: store.error?.message ?? null,
  }));
}

async function print(
  terminal: Terminal,
  { job, stores, error, policyIn }: PrunedJob,
  verb: string,
): Promise<void> {
  if (stores.length === 0 && error !== undefined) await printLine(terminal, error.message);
  for (const { store, decisions, error: trouble } of stores) {
    const going = decisions.filter(({ action }) => action === "remove").length;
    await printLine(
      terminal,
      `Job ${job}, store ${store}: ${going} of ${formatCount(decisions.length, "point")} ${verb}. Policy: ${policyIn(store)}.`,
    );
    if (decisions.length > 0) await printLine(terminal, formatTable(decisions, COLUMNS));
    if (trouble !== undefined) await printLine(terminal, trouble.message);
  }
}

const COLUMNS = [
  { title: "POINT", value: ({ id }: RetentionDecision) => id },
  { title: "STARTED", value: ({ startedAt }: RetentionDecision) => formatInstant(startedAt) },
  { title: "ACTION", value: ({ action }: RetentionDecision) => action },
  { title: "BECAUSE", value: ({ reasons }: RetentionDecision) => reasons.join("; ") },
];
