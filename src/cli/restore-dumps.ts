/** `holdfast restore <job> --in-place`, `--database` and `--service` of a job whose points are dumps: into a server of the stack. */
import { dependentsOf } from "../app/dependents.ts";
import { openDumps } from "../app/dumps-of-point.ts";
import { locatePoint, type PointCopy } from "../app/locate-point.ts";
import { runDumpRestore, type DumpRestoreReport } from "../app/run-dump-restore.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import type { RunRecord } from "../domain/run.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import { runJson } from "../web/status-json.ts";
import { confirmDumps } from "./confirm-dumps.ts";
import { exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import type { InPlaceOptions } from "./in-place-options.ts";
import { withStack } from "./open-stack.ts";
import { choiceOf } from "./restore-result.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface DumpOptions extends InPlaceOptions {
  database?: string;
  service?: string;
  /** False: no dump of what is there is kept. */
  safety?: boolean;
}

export function restoreDumps(context: VerbContext, options: DumpOptions, name: string): Promise<ExitCode> {
  return withStack(
    context,
    async (stack) => {
      const { signal } = context;
      const wired = stack.job(name);
      const { job, source, stores } = wired;
      const { database, service } = options;
      const restorer = restorerOf(wired, options);
      const copy = await located(context, stack, options, wired);
      const dumps = await openDumps(copy, { keys: stack.context.keys, signal });
      const replaced = await restorer.look({ dumps, database, service, signal });
      const isOwn = isOwnPlace(restorer, options);
      const stops = isOwn ? await stopsOf(stack, restorer, signal) : [];
      const safety = isOwn && replaced.length > 0 && options.safety !== false;
      // Of another place no dump is kept: what is there stays beside.
      const { yes = false, keepOld = !isOwn, rollback = true } = options;
      await confirmDumps(context.terminal, { job: name, point: copy.point, replaced, stops, safety, yes });
      const { run, report, error } = await runDumpRestore(stack.context, {
        ...{ job, source, restorer, stores, copy, database, service, stops, safety, keepOld, signal },
        rollsBack: rollback,
        failureAfter: (stopped, until) => stack.restorer.failureAfter(stopped, job.afterRestore, until),
      });
      if (error !== undefined || report === undefined) throw asError(error);
      return show(context, { run, report, copy, to: service ?? restorer.service });
    },
    [showRuns(context)],
  );
}

async function located(
  { terminal, signal }: VerbContext,
  stack: Stack,
  options: DumpOptions,
  { job, stores }: WiredJob,
): Promise<PointCopy> {
  const { catalog, stack: of } = stack.context;
  const { copies, warnings } = await locatePoint({
    ...{ catalog, stack: of, job: job.name, choice: choiceOf(options, job.timezone), signal },
    stores: options.store === undefined ? stores : [stack.store(options.store)],
  });
  for (const warning of warnings) warnLine(terminal, warning);
  return copies[0];
}

/** Into the database, and the server, that is backed up. */
function isOwnPlace(restorer: DumpRestorer, { database, service }: DumpOptions): boolean {
  return database === undefined && (service === undefined || service === restorer.service);
}

async function stopsOf(
  { context: { runtime }, config: { project } }: Stack,
  { service, stopForRestore }: DumpRestorer,
  signal: AbortSignal,
): Promise<string[]> {
  const dependents = await dependentsOf(service, { runtime, project }, signal);
  return [...new Set([...dependents, ...stopForRestore])];
}

function restorerOf({ job, dumps }: WiredJob, { path, delta, special, database }: DumpOptions): DumpRestorer {
  const what = `Restoring job ${job.name}`;
  if (dumps === undefined) {
    throw new HoldfastError("usage", {
      what,
      why: "nothing is known that takes its dumps back",
      next:
        job.sourceKind === "command"
          ? "set `restoreCommand` in its source, or restore with --to DIRECTORY"
          : `restore with --to DIRECTORY, and give the dump to the server's own tool (docs/${job.sourceKind}.md)`,
    });
  }
  const ofFiles =
    path !== undefined ? "--path" : delta === true ? "--delta" : special === true ? "--special" : undefined;
  if (ofFiles !== undefined)
    throw new HoldfastError("usage", { what, why: `${ofFiles} is for files, and its points are dumps` });
  if (database !== undefined && !dumps.hasDatabases)
    throw new HoldfastError("usage", {
      what,
      why: `--database is not for sources of kind ${job.sourceKind}`,
    });
  return dumps;
}

interface Done {
  run: RunRecord;
  report: DumpRestoreReport;
  copy: PointCopy;
  to: string;
}

async function show(context: VerbContext, { run, report, copy, to }: Done): Promise<ExitCode> {
  const { bytes, kept = null, safetyPoint = null } = report;
  if (context.json) {
    await printJson(context.terminal, { run: runJson(run), service: to, kept, safetyPoint });
  } else {
    const { id, startedAt, store } = copy.point;
    const from = `point ${id} of ${formatInstant(startedAt)} in ${store}`;
    const old = kept === null ? "" : ` What was there before is ${kept}.`;
    const safety = safetyPoint === null ? "" : ` A dump of what was there before is point ${safetyPoint}.`;
    await printLine(
      context.terminal,
      `Restored ${formatSize(bytes)} to service ${to} from ${from}, every digest checked, in ${formatDuration(run.durationMs)}.${old}${safety}`,
    );
  }
  return exitCodeOfOutcomes([run.outcome]);
}
