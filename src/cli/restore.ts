/** `holdfast restore <job> --to DIR`. */
import { resolve } from "node:path";
import type { PointChoice } from "../app/find-point.ts";
import { runRestore, type RestoreReport } from "../app/run-restore.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import type { RunRecord } from "../domain/run.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOfOutcomes } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface RestoreOptions {
  to?: string;
  at?: string;
  point?: string;
  path?: string[];
  store?: string;
  replace?: boolean;
}

export const restore: Verb<RestoreOptions, [job: string]> = async (context, options, job) => {
  if (options.to === undefined) throw usage("there is no target", "name one with --to DIRECTORY");
  if (options.replace === true && options.path !== undefined)
    throw usage(
      "--replace would remove everything else in the directory, and --path restores only a part",
      "restore the part to a new directory and copy it from there",
    );
  const target = resolve(options.to);
  const choice = choiceOf(options);
  return withStack(
    context,
    async (stack) => {
      const { job: of, stores } = stack.job(job);
      const { run, report, error } = await runRestore(stack.context, {
        ...{ choice, target, job: of.name, signal: context.signal },
        stores: options.store === undefined ? stores : [stack.store(options.store)],
        paths: options.path,
        onExisting: options.replace === true ? "replace" : "refuse",
      });
      if (error !== undefined || report === undefined) throw asError(error);
      if (context.json)
        await printJson(context.terminal, { run: runJson(run), target, warnings: report.warnings });
      else await printLine(context.terminal, sentenceOf(run, report, target));
      return exitCodeOfOutcomes([run.outcome]);
    },
    [showRuns(context)],
  );
};

function choiceOf({ at, point }: RestoreOptions): PointChoice {
  if (at !== undefined && point !== undefined)
    throw usage("--at and --point are both given", "give one of them");
  if (point !== undefined) return { id: point };
  if (at === undefined) return { newest: true };
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) {
    throw usage(
      `--at ${at} is not a time`,
      "write it as 2026-11-20T03:00:00Z or with an offset, 2026-11-20T03:00+01:00",
    );
  }
  return { at: instant };
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Restoring", why, next });
}

function sentenceOf(run: RunRecord, { restored, files, bytes }: RestoreReport, target: string): string {
  const amount = `${formatCount(files, "file")}, ${formatSize(bytes)}`;
  const from = `point ${restored.id} of ${formatInstant(restored.startedAt)} in ${restored.store}`;
  return `Restored ${amount} to ${target} from ${from}, every digest checked, in ${formatDuration(run.durationMs)}.`;
}
