/** `holdfast backup [job…]`: backs up now, through the same locks as the daemon. */
import { backupJob, type BackupReport } from "../app/backup-job.ts";
import type { FinishedRun } from "../app/perform-run.ts";
import { underLimit } from "../app/run-limit.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { pushAfter } from "./push-metrics.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

export const backup: Verb<{ full?: boolean }, [names: string[]]> = async (context, { full }, names) =>
  withStack(
    context,
    async (stack) => {
      const chosen = names.length === 0 ? stack.jobs.filter(isTaken) : [...new Set(names)].map(taken(stack));
      const finished: FinishedRun<BackupReport>[] = [];
      for (const job of chosen) {
        const result = await underLimit(
          { what: `Backing up job ${job.job.name}`, timeout: job.job.timeout },
          { clock: stack.context.clock, stop: context.signal },
          (signal) => backupJob(stack.context, { ...job, full, trigger: "command", signal }),
        );
        finished.push(result);
        if (!context.json) await printLine(context.terminal, sentenceOf(result));
        if (context.signal.aborted) break;
      }
      await pushAfter(
        context,
        stack,
        finished.map(({ run }) => run.job),
      );
      if (context.json) await printJson(context.terminal, { runs: finished.map(({ run }) => runJson(run)) });
      return exitCode(context, finished);
    },
    [showRuns(context)],
  );

/** Points that somebody else makes are only watched. */
function isTaken({ job }: WiredJob): boolean {
  return job.isObserved !== true;
}

function taken(stack: Stack): (name: string) => WiredJob {
  return (name) => {
    const wired = stack.job(name);
    if (isTaken(wired)) return wired;
    throw new HoldfastError("refused", {
      what: `Backing up job ${name}`,
      why: "its points are made by a schedule of the cloud, and only watched",
      next: "leave out `observe` in its source to have them made by Holdfast",
    });
  };
}

const KINDS = { full: "Point", incremental: "Incremental point" };

function sentenceOf({ run, report }: FinishedRun<BackupReport>): string {
  if (report === undefined) return `${run.job}: ${run.outcome}. ${run.reason ?? ""}`;
  const { totals, id, kind } = report.record;
  const size = `${formatCount(totals.files, "file")}, ${formatSize(totals.sourceBytes)}, stored ${formatSize(totals.storedBytes)}`;
  const where = report.stores
    .flatMap(({ store, outcome }) => (outcome === "succeeded" ? [store] : []))
    .join(", ");
  const line = `${run.job}: ${run.outcome}. ${KINDS[kind]} ${id} in ${where}: ${size}, in ${formatDuration(run.durationMs)}.`;
  return run.reason === undefined ? line : `${line} ${run.reason}`;
}

function exitCode(context: VerbContext, finished: readonly FinishedRun<BackupReport>[]): ExitCode {
  if (context.signal.aborted) return exitCodeOf(asError(context.signal.reason));
  const refused =
    finished.length > 0 &&
    finished.every(({ error }) => error instanceof HoldfastError && error.code === "refused");
  return refused
    ? exitCodeOf(finished[0]?.error)
    : exitCodeOfOutcomes(finished.map(({ run }) => run.outcome));
}
