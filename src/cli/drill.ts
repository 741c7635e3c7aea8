/** `holdfast drill [job]`: restores points somewhere harmless, and looks at what came out of them. */
import type { FinishedRun } from "../app/perform-run.ts";
import { runDrill, type DrillReport } from "../app/run-drill.ts";
import type { Stack } from "../daemon/compose.ts";
import { drillOfJob, type DrillWishes, type JobDrill } from "../daemon/compose-drills.ts";
import { HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes } from "./exit-codes.ts";
import { drillStack } from "./drill-stack.ts";
import { withStack } from "./open-stack.ts";
import { choiceOf } from "./restore-result.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

interface DrillOptions {
  at?: string;
  point?: string;
  zone?: string;
  store?: string;
  stack?: boolean;
}

export const drill: Verb<DrillOptions, [job: string | undefined]> = (context, options, name) =>
  withStack(
    context,
    async (stack) => {
      assertUnderstood(options, name);
      if (options.stack === true) return drillStack(context, stack, options);
      const { signal, terminal, json } = context;
      const finished: FinishedRun<DrillReport>[] = [];
      const isAsked = options.at !== undefined || options.point !== undefined;
      for (const { job, ...drilled } of drillsNamed(stack, name, options)) {
        const choice = isAsked ? choiceOf(options, stack.job(job).job.timezone) : drilled.choice;
        finished.push(await runDrill(stack.context, { ...drilled, job, choice, trigger: "command", signal }));
        if (signal.aborted) return exitCodeOf(signal.reason);
      }
      if (json) await printJson(terminal, finished.map(jsonOf));
      else for (const each of finished) await printResult(terminal, each);
      return exitCodeOfOutcomes(finished.map(({ run }) => run.outcome));
    },
    [showRuns(context)],
  );

function assertUnderstood({ at, point, store, stack = false }: DrillOptions, job: string | undefined): void {
  if (at !== undefined && point !== undefined)
    throw usage("--at and --point are both given", "give one of them");
  if (stack && (job !== undefined || point !== undefined || store !== undefined))
    throw usage("--stack is of all jobs, each from where its newest point is", "give it alone, or with --at");
  if (point !== undefined && job === undefined) throw usage("--point is of one job", "name it");
}

interface NamedDrill extends JobDrill {
  job: string;
}

function drillsNamed(stack: Stack, name: string | undefined, wishes: DrillWishes): NamedDrill[] {
  const all = stack.jobs.flatMap(({ job }): NamedDrill[] => {
    const drilled = drillOfJob(stack, job.name, wishes);
    return drilled === undefined ? [] : [{ job: job.name, ...drilled }];
  });
  if (name === undefined) {
    if (all.length > 0) return all;
    throw usage("there is no job whose points can be drilled", "use `holdfast verify`");
  }
  const found = all.find(({ job }) => job === stack.job(name).job.name);
  if (found !== undefined) return [found];
  throw usage(`points of job ${name} cannot be drilled`, `use \`holdfast verify ${name}\``);
}

/** The run tells why there is no report. */
function jsonOf({ run, report }: FinishedRun<DrillReport>) {
  const {
    restoreMs = null,
    phases = [],
    bytes = null,
    made = [],
    problems = [],
    leftovers = [],
  } = report ?? {};
  return { run: runJson(run), restoreMs, phases, bytes, made, problems, leftovers };
}

async function printResult(
  terminal: Terminal,
  { run, report, error }: FinishedRun<DrillReport>,
): Promise<void> {
  if (report === undefined) return printLine(terminal, `${run.job}: ${error?.message ?? run.outcome}`);
  const { drilled, made, restoreMs, problems } = report;
  const point = `${drilled.id} of ${formatInstant(drilled.startedAt)} in ${drilled.store}`;
  const came = `made ${made.join(", ")} in ${formatDuration(restoreMs)}, and deleted it again`;
  const verdict = problems.length === 0 ? "passed" : "FAILED";
  await printLine(terminal, `${run.job}: ${point}: ${verdict}; ${came}.`);
  for (const problem of problems) await printLine(terminal, `  ${problem}`);
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Drilling", why, next });
}
