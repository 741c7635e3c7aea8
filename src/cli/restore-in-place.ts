/** `holdfast restore <job> --in-place`: into the job's own source. */
import { locatePoint } from "../app/locate-point.ts";
import { runRestore } from "../app/run-restore.ts";
import { whatPointLacks } from "../app/what-point-lacks.ts";
import { selectionsOf } from "../archive/in-place/choose-parts.ts";
import { examineInPlace } from "../archive/in-place/examine-in-place.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";
import type { Stack } from "../daemon/compose.ts";
import { databaseCheckOf } from "../daemon/compose-query.ts";
import { sourceSettler } from "../daemon/settle-source.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { confirmInPlace } from "./confirm-in-place.ts";
import type { ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { protectedPlacesOf } from "./protected-places.ts";
import type { InPlaceOptions } from "./in-place-options.ts";
import { reachedByEngine, restoreInStack } from "./restore-in-stack.ts";
import { choiceOf, showRestored } from "./restore-result.ts";
import { showRuns } from "./run-progress.ts";
import { assertHasFiles } from "./snapshot-jobs.ts";
import { warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

export function restoreInPlace(
  context: VerbContext,
  options: InPlaceOptions,
  name: string,
): Promise<ExitCode> {
  const { keepOld = false, delta = false, yes = false, held = false, trial = false } = options;
  const paths = selectionsOf(options.path) === undefined ? undefined : options.path;
  return withStack(
    context,
    async (stack) => {
      const { job, stores: jobStores } = stack.job(name);
      assertHasFiles(stack, { job: name, stores: jobStores, what: `Restoring job ${name} in place` });
      const known = held ? options.source : undefined;
      const source = known ?? (await sourcePath(stack, name, context.signal));
      const stores = options.store === undefined ? jobStores : [stack.store(options.store)];
      if (!held) {
        const reached = await reachedByEngine(stack, { name, source, signal: context.signal });
        if (reached !== undefined) return restoreInStack(context, stack, { options, name, paths, reached });
      }
      if (source === undefined) throw nowhere(name);
      for (const sentence of await settlePlace(stack, name, source)) warnLine(context.terminal, sentence);
      const asked = choiceOf(options, job.timezone);
      const { catalog, stack: of } = stack.context;
      const located = await locatePoint({
        catalog,
        stack: of,
        stores,
        job: name,
        choice: asked,
        signal: context.signal,
      });
      const { point } = located.copies[0];
      const rules = { paths, protectedPlaces: otherPlaces(stack.config, source) };
      const target = await examineInPlace(source, rules);
      const lacks = whatPointLacks(point.record);
      await confirmInPlace(context.terminal, { job: name, target, point, paths, keepOld, lacks, yes });
      const { run, report, error } = await runRestore(stack.context, {
        ...{
          ...rules,
          stores,
          job: name,
          target: target.path,
          signal: context.signal,
          onExisting: "replace",
        },
        // What was confirmed, not what has become the newest meanwhile.
        choice: { id: point.id },
        inPlace: { keepOld, delta, onTrial: trial, jobStores, isLocked: held },
        withDevices: options.special === true,
        check: options.check === false ? undefined : databaseCheckOf(stack.config, name),
      });
      if (error !== undefined || report === undefined) throw asError(error);
      return showRestored(context, { run, report, target: target.path, choice: asked });
    },
    [showRuns(context)],
  );
}

/** Undefined for a volume that is not mounted here. */
async function sourcePath(
  { config, restorer }: Stack,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const source = config.jobs.find(({ job }) => job.name === name)?.source;
  if (source?.kind === "container") {
    throw new HoldfastError("refused", {
      what: `Restoring job ${name} in place`,
      why: `its source is in a container of service ${source.service}, which is as its image makes it once it is made anew`,
      next: `restore with --to DIRECTORY, then copy it there: \`docker compose cp DIRECTORY/. ${source.service}:${source.path}\``,
    });
  }
  return (await restorer.placeOf(name, signal)).path;
}

/** Only where a volume was mounted when it was looked for first, and then was not. */
function nowhere(name: string): HoldfastError {
  const what = `Restoring job ${name} in place`;
  return new HoldfastError("runtime", {
    what,
    why: "its volume is not mounted here any more",
    transient: true,
  });
}

/** Of a volume it is known only now where that is. */
export function settlePlace(stack: Stack, name: string, source: string): Promise<string[]> {
  const isDirectory = directoryOfJob(stack.config, name) !== undefined;
  if (isDirectory) return stack.job(name).settle();
  return sourceSettler(source, { others: [], processes: stack.context.processes })();
}

function directoryOfJob({ jobs }: LoadedConfig, name: string): string | undefined {
  const source = jobs.find(({ job }) => job.name === name)?.source;
  return source && directoryOf(source);
}

/** All but this source, under whichever job's name. */
export function otherPlaces(config: LoadedConfig, source: string) {
  return protectedPlacesOf(config).filter(({ kind, path }) => kind !== "source" || path !== source);
}
