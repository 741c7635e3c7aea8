/** `holdfast verify [job] --sample 10%`: reads a share of what is stored, another one each time. */
import type { FinishedRun } from "../app/perform-run.ts";
import { runSample, type SampleReport } from "../app/run-sample.ts";
import { formatSize } from "../domain/human-text.ts";
import { toIso } from "../domain/instant.ts";
import type { Coverage } from "../domain/sample.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { showRuns } from "./run-progress.ts";
import { jobsWithFiles } from "./snapshot-jobs.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

interface SampleOptions {
  share: number;
  store?: string;
}

export const sample: Verb<SampleOptions, [job: string | undefined]> = async (context, options, name) =>
  withStores(
    context,
    async (stack) => {
      const { signal, terminal } = context;
      const jobs = await jobsWithFiles(stack, { name, what: "Verifying", signal });
      const finished: FinishedRun<SampleReport>[] = [];
      for (const { job, stores } of jobs) {
        const chosen = options.store === undefined ? stores : [stack.store(options.store)];
        const request = { job: job.name, stores: chosen, share: options.share, signal };
        finished.push(await runSample(stack.context, { ...request, trigger: "command" }));
        if (signal.aborted) return exitCodeOf(signal.reason);
      }
      if (context.json) await printJson(terminal, finished.map(jsonOf));
      else for (const result of finished) await printResult(terminal, result);
      return exitCodeOfOutcomes(finished.map(({ run }) => run.outcome));
    },
    [showRuns(context)],
  );

function jsonOf({ run, report }: FinishedRun<SampleReport>) {
  return {
    run: runJson(run),
    points: (report?.points ?? []).map(({ coverage, ...point }) => ({
      ...point,
      read: coverageJson(coverage),
    })),
    stores: (report?.coverage ?? []).map(({ store, ...coverage }) => ({
      store,
      read: coverageJson(coverage),
    })),
    problems: report?.problems ?? [],
  };
}

export function coverageJson({ readBytes, totalBytes, oldestAt }: Coverage) {
  return { bytes: readBytes, totalBytes, oldestAt: oldestAt === undefined ? null : toIso(oldestAt) };
}

/** "40 %, oldest 2026-11-20 03:00:00Z" */
export function coverageText({ readBytes, totalBytes, oldestAt }: Coverage): string {
  if (oldestAt === undefined) return "0 %";
  // Not 100 % before it is all.
  const percent = totalBytes === 0 ? 100 : Math.floor((readBytes / totalBytes) * 100);
  return `${percent} %, oldest ${formatInstant(oldestAt)}`;
}

async function printResult(
  terminal: Terminal,
  { run, report, error }: FinishedRun<SampleReport>,
): Promise<void> {
  if (report === undefined) return printLine(terminal, `${run.job}: ${error?.message ?? run.outcome}`);
  for (const { store, point, bytes, problems } of report.points) {
    const verdict = problems.length === 0 ? "nothing wrong" : "DAMAGED";
    await printLine(terminal, `${run.job}: ${point} in ${store}: ${verdict} in ${formatSize(bytes)}`);
    for (const problem of problems) await printLine(terminal, `  ${problem}`);
  }
  for (const problem of report.problems) await printLine(terminal, `${run.job}: ${problem}`);
  for (const { store, ...coverage } of report.coverage)
    await printLine(terminal, `${run.job}: in ${store}, read so far: ${coverageText(coverage)}`);
}
