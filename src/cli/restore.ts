/** `holdfast restore <job> --to DIR`, and where `--archive` leads to. */
import type { PointChoice } from "../app/find-point.ts";
import { runRestore, type RestoreReport } from "../app/run-restore.ts";
import { examineTarget } from "../archive/restore/target.ts";
import { findJob } from "../daemon/find-job.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { toIso } from "../domain/instant.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import type { RunRecord } from "../domain/run.ts";
import { runJson } from "../web/status-json.ts";
import { confirmReplace } from "./confirm-replace.ts";
import { exitCodeOfOutcomes } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { protectedPlacesOf } from "./protected-places.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine } from "./terminal.ts";
import { assertNoArchiveOptions, restoreArchive, type ArchiveOptions } from "./restore-archive.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface RestoreOptions {
  to?: string;
  at?: string;
  point?: string;
  path?: string[];
  store?: string;
  replace?: boolean;
  special?: boolean;
  yes?: boolean;
}

export const restore: Verb<RestoreOptions & ArchiveOptions, [job: string | undefined]> = async (
  context,
  options,
  job,
) => {
  if (options.archive !== undefined) return restoreArchive(context, options, job);
  assertNoArchiveOptions(options);
  if (job === undefined) throw usage("no job is named", "name one, or an archive with --archive FILE");
  const { to } = options;
  assertUnderstood(options);
  return withStores(
    context,
    async (stack) => {
      const { job: of, stores } = await findJob(stack, job, context.signal);
      const choice = choiceOf(options, of.timezone);
      const rules = {
        onExisting: options.replace === true ? ("replace" as const) : ("refuse" as const),
        protectedPlaces: protectedPlacesOf(stack.config),
      };
      const target = await examineTarget(to ?? "", rules);
      await confirmReplace(context.terminal, target, { yes: options.yes === true });
      const { run, report, error } = await runRestore(stack.context, {
        ...{ ...rules, choice, target: target.path, job: of.name, signal: context.signal },
        stores: options.store === undefined ? stores : [stack.store(options.store)],
        paths: options.path,
        withDevices: options.special === true,
      });
      if (error !== undefined || report === undefined) throw asError(error);
      if (context.json) await printJson(context.terminal, jsonOf(run, report, target.path, choice));
      else await printLine(context.terminal, sentenceOf(run, report, target.path, choice));
      return exitCodeOfOutcomes([run.outcome]);
    },
    [showRuns(context)],
  );
};

function assertUnderstood({ to, at, point, path, replace }: RestoreOptions): void {
  // An unset variable in a script must not become the current directory.
  if (to === undefined || to.trim() === "")
    throw usage(to === undefined ? "there is no target" : "--to is empty", "name one with --to DIRECTORY");
  if (replace === true && path !== undefined)
    throw usage(
      "--replace would remove everything else in the directory, and --path restores only a part",
      "restore the part to a new directory and copy it from there",
    );
  if (at !== undefined && point !== undefined)
    throw usage("--at and --point are both given", "give one of them");
}

function choiceOf({ at, point }: RestoreOptions, timezone: string): PointChoice {
  if (point !== undefined) return { id: point };
  return at === undefined ? { newest: true } : { at: parseIsoTime(at, timezone) };
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Restoring", why, next });
}

function jsonOf(run: RunRecord, { warnings }: RestoreReport, target: string, choice: PointChoice) {
  return { run: runJson(run), target, at: "at" in choice ? toIso(choice.at) : null, warnings };
}

function sentenceOf(
  run: RunRecord,
  { restored, files, bytes }: RestoreReport,
  target: string,
  choice: PointChoice,
): string {
  const amount = `${formatCount(files, "file")}, ${formatSize(bytes)}`;
  const asked = "at" in choice ? `, the newest at ${formatInstant(choice.at)}` : "";
  const from = `point ${restored.id} of ${formatInstant(restored.startedAt)} in ${restored.store}`;
  return `Restored ${amount} to ${target} from ${from}${asked}, every digest checked, in ${formatDuration(run.durationMs)}.`;
}
