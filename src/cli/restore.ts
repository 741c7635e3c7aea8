/** `holdfast restore <job> --to DIR`, and where `--archive` and `--in-place` lead to. */
import { runRestore } from "../app/run-restore.ts";
import { examineTarget } from "../archive/restore/target.ts";
import { databaseCheckOf } from "../daemon/compose-query.ts";
import { mountsOfNamedSources } from "../daemon/named-mounts.ts";
import { findJob } from "../daemon/find-job.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { confirmReplace } from "./confirm-replace.ts";
import { namedJob } from "./named-job.ts";
import { withStores } from "./open-stack.ts";
import { protectedPlacesOf } from "./protected-places.ts";
import { restoreInPlace } from "./restore-in-place.ts";
import type { DiskOptions } from "./disk-options.ts";
import { restoreDisk } from "./restore-disk.ts";
import { choiceOf, showRestored } from "./restore-result.ts";
import { assertHasFiles } from "./snapshot-jobs.ts";
import { showRuns } from "./run-progress.ts";
import { assertNoArchiveOptions, restoreArchive, type ArchiveOptions } from "./restore-archive.ts";
import { isOfManaged, refuseManaged } from "./restore-managed.ts";
import { restoreDumps } from "./restore-dumps.ts";
import type { Verb, VerbContext } from "./verb.ts";

interface RestoreOptions extends DiskOptions {
  from?: unknown;
  to?: string;
  inPlace?: boolean;
  keepOld?: boolean;
  delta?: boolean;
  at?: string;
  point?: string;
  path?: string[];
  store?: string;
  replace?: boolean;
  special?: boolean;
  /** False: databases are not opened before they are there. */
  check?: boolean;
  yes?: boolean;
  /** Of a job whose points are dumps. */
  database?: string;
  service?: string;
  safety?: boolean;
}

export const restore: Verb<RestoreOptions & ArchiveOptions, [job: string | undefined]> = async (
  context,
  options,
  name,
) => {
  if (options.archive !== undefined) return restoreArchive(context, options, name);
  assertNoArchiveOptions(options);
  const job = namedJob(context, name);
  if (job === undefined) throw usage("no job is named", "name one, or an archive with --archive FILE");
  const { to, toDisk } = options;
  if (toDisk !== undefined) return restoreDisk(context, { ...options, toDisk }, job);
  const isBare = to === undefined && options.inPlace !== true;
  if (isBare && (await isOfManaged(context, job))) return refuseManaged(context, options, job);
  assertUnderstood(options);
  if (await goesToServer(context, options, job)) return restoreDumps(context, options, job);
  if (options.inPlace === true) return restoreInPlace(context, options, job);
  return withStores(
    context,
    async (stack) => {
      const { job: of, stores } = await findJob(stack, job, context.signal);
      assertHasFiles(stack, { job: of.name, stores, what: "Restoring" });
      const choice = choiceOf(options, of.timezone);
      const named = await mountsOfNamedSources(stack.config, stack.runtime, context.signal);
      const rules = {
        onExisting: options.replace === true ? ("replace" as const) : ("refuse" as const),
        protectedPlaces: protectedPlacesOf(stack.config, named),
      };
      const target = await examineTarget(to ?? "", rules);
      await confirmReplace(context.terminal, target, { yes: options.yes === true });
      const { run, report, error } = await runRestore(stack.context, {
        ...{ ...rules, choice, target: target.path, job: of.name, signal: context.signal },
        stores: options.store === undefined ? stores : [stack.store(options.store)],
        paths: options.path,
        withDevices: options.special === true,
        check: options.check === false ? undefined : databaseCheckOf(stack.config, of.name),
      });
      if (error !== undefined || report === undefined) throw asError(error);
      return showRestored(context, { run, report, target: target.path, choice });
    },
    [showRuns(context)],
  );
};

/** Whether it is for a server of the stack, which only dumps are. */
async function goesToServer(context: VerbContext, options: RestoreOptions, name: string): Promise<boolean> {
  const isNamed = options.database !== undefined || options.service !== undefined;
  if (!isNamed && options.inPlace !== true) return false;
  return withStores(context, async (stack) => {
    const wired = stack.jobs.find(({ job }) => job.name === name);
    const isDump = wired?.dumps !== undefined || wired?.job.sourceKind === "command";
    if (!isDump && isNamed)
      throw usage("--database and --service are for jobs whose points are dumps", "leave them out");
    return isDump;
  });
}

function assertUnderstood(options: RestoreOptions): void {
  const { to, at, point, path, replace, inPlace, keepOld, delta, from } = options;
  if (at !== undefined && point !== undefined)
    throw usage("--at and --point are both given", "give one of them");
  if (inPlace === true) {
    if (from !== undefined)
      throw usage("--from knows no source to restore in place", "restore to a directory with --to");
    if (to !== undefined || replace === true)
      throw usage("--in-place restores to the job's source", "leave out --to and --replace");
    return;
  }
  if (options.database !== undefined || options.service !== undefined) {
    if (to !== undefined)
      throw usage("--to restores to a directory", "leave it out, or --database and --service");
    return;
  }
  if (keepOld === true) throw usage("--keep-old is for --in-place", "add that or leave it out");
  if (delta === true) throw usage("--delta is for --in-place", "add that or leave it out");
  // An unset variable in a script must not become the current directory.
  if (to === undefined || to.trim() === "")
    throw usage(
      to === undefined ? "there is no target" : "--to is empty",
      "name one with --to DIRECTORY, or restore to the job's source with --in-place",
    );
  if (replace === true && path !== undefined)
    throw usage(
      "--replace would remove everything else in the directory, and --path restores only a part",
      "restore the part to a new directory and copy it from there",
    );
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Restoring", why, next });
}
