/** `holdfast restore <job> --in-place`, `--database` and `--service` of a job whose points are dumps: into a server of the stack. */
import { dependentsOf } from "../app/dependents.ts";
import { openAnyDumps } from "../app/dumps-of-point.ts";
import type { PointChoice } from "../app/find-point.ts";
import { locatePoint, type LocatedPoint } from "../app/locate-point.ts";
import { runDumpRestore, type DumpRestoreReport } from "../app/run-dump-restore.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
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
      const choice = choiceOf(options, job.timezone);
      const copies = await located(context, stack, { choice, store: options.store }, wired);
      const dumps = await openAnyDumps(copies, { keys: stack.context.keys, signal });
      const replaced = await restorer.look({ dumps, database, service, signal });
      const isOwn = isOwnPlace(restorer, options);
      const stops = isOwn ? await stopsOf(stack, restorer, signal) : [];
      const safety = isOwn && replaced.length > 0 && options.safety !== false;
      // Of another place no dump is kept: what is there stays beside.
      const { yes = false, keepOld = !isOwn, rollback = true } = options;
      await confirmDumps(context.terminal, {
        job: name,
        point: copies[0].point,
        replaced,
        stops,
        safety,
        yes,
      });
      const { run, report, error } = await runDumpRestore(stack.context, {
        ...{ job, source, restorer, stores, copies, database, service, stops, safety, keepOld, signal },
        rollsBack: rollback,
        failureAfter: (stopped, until) => stack.restorer.failureAfter(stopped, job.afterRestore, until),
      });
      if (error !== undefined || report === undefined) throw asError(error);
      return show(context, { run, report, choice, to: service ?? restorer.service });
    },
    [showRuns(context)],
  );
}

async function located(
  { terminal, signal }: VerbContext,
  stack: Stack,
  { choice, store }: { choice: PointChoice; store: string | undefined },
  { job, stores }: WiredJob,
): Promise<LocatedPoint["copies"]> {
  const { catalog, stack: of } = stack.context;
  const { copies, warnings } = await locatePoint({
    ...{ catalog, stack: of, job: job.name, choice, signal },
    stores: store === undefined ? stores : [stack.store(store)],
  });
  for (const warning of warnings) warnLine(terminal, warning);
  return copies;
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
  choice: PointChoice;
  to: string;
}

async function show(context: VerbContext, { run, report, choice, to }: Done): Promise<ExitCode> {
  const { bytes, copy, kept = null, safetyPoint = null } = report;
  const { id, startedAt, store } = copy.point;
  const lostMs = lostBetween(startedAt, choice, run.startedAt);
  if (context.json) {
    await printJson(context.terminal, { run: runJson(run), service: to, kept, safetyPoint, lostMs });
  } else {
    const from = `point ${id} of ${formatInstant(startedAt)} in ${store}`;
    const asked = "at" in choice ? `, the newest at ${formatInstant(choice.at)}` : "";
    const until = "at" in choice ? "before that" : "since it was begun";
    const lost =
      lostMs === null ? "" : ` What was written in the ${formatDuration(lostMs)} ${until} is not in it.`;
    const old = kept === null ? "" : ` What was there before is ${kept}.`;
    const safety = safetyPoint === null ? "" : ` A dump of what was there before is point ${safetyPoint}.`;
    await printLine(
      context.terminal,
      `Restored ${formatSize(bytes)} to service ${to} from ${from}${asked}, every digest checked, in ${formatDuration(run.durationMs)}.${lost}${old}${safety}`,
    );
  }
  return exitCodeOfOutcomes([run.outcome]);
}

/** For how long nothing is known of what was written; null where a point was named, since nobody asked for a moment. */
function lostBetween(startedAt: Instant, choice: PointChoice, now: Instant): number | null {
  if ("id" in choice) return null;
  return Math.max(0, ("at" in choice ? choice.at : now) - startedAt);
}
