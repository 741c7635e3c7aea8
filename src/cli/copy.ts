/** `holdfast copy --from STORE --to STORE [job]`: brings points that one store has to another that lacks them. */
import type { FinishedRun } from "../app/perform-run.ts";
import { runCopy, type CopyChoice, type CopyReport } from "../app/run-copy.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Keeping } from "../app/points-to-copy.ts";
import { formatCount, formatSize } from "../domain/human-text.ts";
import type { Stack } from "../daemon/compose.ts";
import { allJobs, findJob } from "../daemon/find-job.ts";
import type { Store } from "../ports/store.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { pointCopies } from "./point-argument.ts";
import { choiceOf } from "./restore-result.ts";
import { showRuns } from "./run-progress.ts";
import { isOfSnapshots } from "./snapshot-jobs.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

export interface CopyOptions {
  from: string;
  to: string;
  at?: string;
  point?: string;
  all?: boolean;
}

export const copy: Verb<CopyOptions, [job: string | undefined]> = async (context, options, name) =>
  withStores(
    context,
    async (stack) => {
      const { from, to } = storesOf(stack, options);
      const finished: FinishedRun<CopyReport>[] = [];
      for (const job of await jobsOf(context, stack, options, name)) {
        const choice = chosen(options, job.timezone);
        const request = { job, from, to, choice, trigger: "command" as const, signal: context.signal };
        const result = await runCopy(stack.context, request);
        finished.push(result);
        if (!context.json) await printResult(context.terminal, result, to.name);
        if (context.signal.aborted) break;
      }
      if (context.json) await printJson(context.terminal, finished.map(jsonOf));
      if (context.signal.aborted) return exitCodeOf(context.signal.reason);
      const [first, ...others] = finished;
      if (first?.error !== undefined && others.length === 0) return exitCodeOf(first.error);
      return exitCodeOfOutcomes(finished.map(({ run }) => run.outcome));
    },
    [showRuns(context)],
  );

function storesOf(stack: Stack, options: CopyOptions): { from: Store; to: Store } {
  const { at, point, all } = options;
  if ([at, point, all].filter((option) => option !== undefined).length > 1)
    throw usage("only one of --at, --point and --all can be meant", "leave the others out");
  if (options.from === options.to)
    throw usage(`--from and --to are both ${options.to}`, "name two stores of the config");
  const stores = { from: stack.store(options.from), to: stack.store(options.to) };
  if (isOfSnapshots(stack, [stores.from]) || isOfSnapshots(stack, [stores.to]))
    throw usage("snapshots of disks stay in the cloud they were made in", "copy between other stores");
  return stores;
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Copying", why, next });
}

const KEEP_ALL = { retention: {}, keepFor: {} };

/** Of jobs that are in the stores only, nobody knows a retention: all is kept of them. */
async function jobsOf(
  context: VerbContext,
  stack: Stack,
  { point }: CopyOptions,
  name: string | undefined,
): Promise<Keeping[]> {
  const { signal } = context;
  const named = name ?? (point === undefined ? undefined : await jobOfPoint(context, stack, point));
  const jobs = named === undefined ? await allJobs(stack, signal) : [await findJob(stack, named, signal)];
  return jobs.map(
    ({ job }) => stack.jobs.find((wired) => wired.job.name === job.name)?.job ?? { ...job, ...KEEP_ALL },
  );
}

async function jobOfPoint(context: VerbContext, stack: Stack, id: string): Promise<string> {
  const [{ point }] = await pointCopies(context, stack, id);
  return point.job;
}

function chosen(options: CopyOptions, timezone: string): CopyChoice {
  if (options.all === true) return "all";
  return options.at === undefined && options.point === undefined ? "kept" : choiceOf(options, timezone);
}

function jsonOf({ run, report }: FinishedRun<CopyReport>) {
  return { run: runJson(run), copied: report?.copied ?? [], problems: report?.problems ?? [] };
}

async function printResult(
  terminal: Terminal,
  { run, report, error }: FinishedRun<CopyReport>,
  to: string,
): Promise<void> {
  if (report === undefined) return printLine(terminal, `${run.job}: ${error?.message ?? run.outcome}`);
  const { copied, problems } = report;
  for (const { id, from, storedBytes } of copied)
    await printLine(terminal, `${run.job}: ${id} from ${from} to ${to} (${formatSize(storedBytes)})`);
  for (const problem of problems) await printLine(terminal, `${run.job}: ${problem}`);
  const sum = `${formatCount(copied.length, "point")} copied to ${to}`;
  if (copied.length > 0 || problems.length > 0) await printLine(terminal, `${run.job}: ${sum}.`);
  else await printLine(terminal, `${run.job}: ${to} lacks nothing that is to be copied.`);
}
