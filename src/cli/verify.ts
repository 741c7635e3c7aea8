/** `holdfast verify [job]`: reads what is stored again and checks every digest. */
import type { FinishedRun } from "../app/perform-run.ts";
import { runVerify, type VerifyReport } from "../app/run-verify.ts";
import { HoldfastError } from "../domain/errors.ts";
import { formatSize } from "../domain/human-text.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { parseShare, SHARE_FORMS } from "../domain/share.ts";
import type { Stack } from "../daemon/compose.ts";
import { findJob, type ReadableJob } from "../daemon/find-job.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes } from "./exit-codes.ts";
import { namedJob } from "./named-job.ts";
import { withStores } from "./open-stack.ts";
import { pointCopies } from "./point-argument.ts";
import { showRuns } from "./run-progress.ts";
import { sample } from "./sample.ts";
import { jobsWithFiles } from "./snapshot-jobs.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

export interface VerifyOptions {
  point?: string;
  store?: string;
  newest?: boolean;
  sample?: string;
}

type Select = (points: readonly CatalogPoint[]) => readonly CatalogPoint[];

export const verify: Verb<VerifyOptions, [job: string | undefined]> = async (context, options, name) => {
  const share = shareOf(options);
  const job = namedJob(context, name);
  return share < 1 ? sample(context, { ...options, share }, job) : verifyAll(context, options, job);
};

const verifyAll: typeof verify = async (context, options, name) =>
  withStores(
    context,
    async (stack) => {
      const { jobs, select } = await choose(context, stack, options, name);
      const finished: FinishedRun<VerifyReport>[] = [];
      for (const { job, stores } of jobs) {
        const chosen = options.store === undefined ? stores : [stack.store(options.store)];
        const request = { job: job.name, stores: chosen, select, signal: context.signal };
        finished.push(await runVerify(stack.context, { ...request, trigger: "command" }));
        if (context.signal.aborted) return exitCodeOf(context.signal.reason);
      }
      if (context.json) await printJson(context.terminal, finished.map(jsonOf));
      else for (const result of finished) await printResult(context.terminal, result);
      return exitCodeOfOutcomes(finished.map(({ run }) => run.outcome));
    },
    [showRuns(context)],
  );

/** 1 without a sample. */
function shareOf({ sample: text, point, newest }: VerifyOptions): number {
  if (text === undefined) return 1;
  const share = parseShare(text);
  const what = "Verifying";
  if (share === undefined) {
    const next = `give ${SHARE_FORMS}`;
    throw new HoldfastError("usage", { what, why: `--sample ${text} is no share`, next });
  }
  if (point === undefined && newest !== true) return share;
  const why = "a sample chooses by itself what it reads";
  throw new HoldfastError("usage", { what, why, next: "leave --point and --newest out" });
}

async function choose(
  context: VerbContext,
  stack: Stack,
  options: VerifyOptions,
  name: string | undefined,
): Promise<{ jobs: readonly ReadableJob[]; select: Select }> {
  const { signal } = context;
  const jobs = await jobsWithFiles(stack, { name, what: "Verifying", signal });
  if (options.point === undefined) {
    return { jobs, select: options.newest === true ? (points) => points.slice(0, 1) : (points) => points };
  }
  const [{ point }] = await pointCopies(context, stack, options.point);
  return {
    jobs: [await findJob(stack, point.job, signal)],
    select: (points) => points.filter(({ id }) => id === point.id),
  };
}

function jsonOf({ run, report }: FinishedRun<VerifyReport>) {
  return { run: runJson(run), points: report?.points ?? [], problems: report?.problems ?? [] };
}

async function printResult(
  terminal: Terminal,
  { run, report, error }: FinishedRun<VerifyReport>,
): Promise<void> {
  if (report === undefined) return printLine(terminal, `${run.job}: ${error?.message ?? run.outcome}`);
  for (const { store, point, bytes, problems, isContentRead } of report.points) {
    const unread = isContentRead ? "" : "; its content is encrypted and was not read";
    const verdict = problems.length === 0 ? `whole (${formatSize(bytes)} read${unread})` : "DAMAGED";
    await printLine(terminal, `${run.job}: ${point} in ${store}: ${verdict}`);
    for (const problem of problems) await printLine(terminal, `  ${problem}`);
  }
  for (const problem of report.problems) await printLine(terminal, `${run.job}: ${problem}`);
  if (report.points.length + report.problems.length === 0)
    await printLine(terminal, `${run.job}: there is nothing to verify yet.`);
}
