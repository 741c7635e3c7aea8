/** `holdfast restore <job> --in-place`: into the job's own source. */
import { locatePoint } from "../app/locate-point.ts";
import { runRestore } from "../app/run-restore.ts";
import { whatPointLacks } from "../app/what-point-lacks.ts";
import { selectionsOf } from "../archive/in-place/choose-parts.ts";
import { examineInPlace } from "../archive/in-place/examine-in-place.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";
import type { Stack } from "../daemon/compose.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { confirmInPlace } from "./confirm-in-place.ts";
import type { ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { protectedPlacesOf } from "./protected-places.ts";
import type { InPlaceOptions } from "./in-place-options.ts";
import { reachedByEngine, restoreInStack } from "./restore-in-stack.ts";
import { choiceOf, showRestored } from "./restore-result.ts";
import { showRuns } from "./run-progress.ts";
import { warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

export function restoreInPlace(
  context: VerbContext,
  options: InPlaceOptions,
  name: string,
): Promise<ExitCode> {
  const { keepOld = false, delta = false, yes = false, held = false } = options;
  const paths = selectionsOf(options.path) === undefined ? undefined : options.path;
  return withStack(
    context,
    async (stack) => {
      const { job, stores: jobStores, settle } = stack.job(name);
      const source = sourcePath(stack, name);
      const stores = options.store === undefined ? jobStores : [stack.store(options.store)];
      if (!held) {
        const reached = await reachedByEngine(stack, { name, source, signal: context.signal });
        if (reached !== undefined) return restoreInStack(context, stack, { options, name, paths, reached });
      }
      for (const sentence of await settle()) warnLine(context.terminal, sentence);
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
        inPlace: { keepOld, delta, jobStores, isLocked: held },
        withDevices: options.special === true,
      });
      if (error !== undefined || report === undefined) throw asError(error);
      return showRestored(context, { run, report, target: target.path, choice: asked });
    },
    [showRuns(context)],
  );
}

function sourcePath({ config }: Stack, name: string): string {
  const source = config.jobs.find(({ job }) => job.name === name)?.source;
  const path = source && directoryOf(source);
  if (path !== undefined) return path;
  const what = `Restoring job ${name} in place`;
  if (source?.kind === "container") {
    throw new HoldfastError("refused", {
      what,
      why: `its source is in a container of service ${source.service}, which is as its image makes it once it is made anew`,
      next: `restore with --to DIRECTORY, then copy it there: \`docker compose cp DIRECTORY/. ${source.service}:${source.path}\``,
    });
  }
  throw new HoldfastError("refused", {
    what,
    why: `its source is volume ${source?.volume}, by name and not by a path`,
    next: "restore with --to, or mount the volume and name the path as the source",
  });
}

/** All but this source, under whichever job's name. */
function otherPlaces(config: LoadedConfig, source: string) {
  return protectedPlacesOf(config).filter(({ kind, path }) => kind !== "source" || path !== source);
}
