/** `holdfast restore` of a job whose points are managed backups: the vendor's own tool does that, and is told how. */
import { locatePoint } from "../app/locate-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import { managedBackupIn, restoreCommand } from "../domain/managed-backup.ts";
import { choiceOf } from "./restore-result.ts";
import { withStores } from "./open-stack.ts";
import type { VerbContext } from "./verb.ts";

export function isOfManaged(context: VerbContext, name: string): Promise<boolean> {
  return withStores(context, async ({ managedPlaces, jobs }) => {
    const stores = jobs.find(({ job }) => job.name === name)?.stores ?? [];
    return stores.some((store) => managedPlaces.has(store.name));
  });
}

/** Always throws: `refused`, with the command. */
export function refuseManaged(
  context: VerbContext,
  options: { at?: string; point?: string },
  name: string,
): Promise<never> {
  return withStores(context, async (stack) => {
    const { job, stores } = stack.job(name);
    const { catalog, stack: of } = stack.context;
    const choice = choiceOf(options, job.timezone);
    const located = await locatePoint({
      catalog,
      stack: of,
      stores,
      job: name,
      choice,
      signal: context.signal,
    });
    const { record } = located.copies[0].point;
    const facts = managedBackupIn(record);
    throw new HoldfastError("refused", {
      what: `Restoring job ${name}`,
      why: `point ${record.id} is a backup that Cloud SQL keeps, and restoring it replaces all of an instance`,
      next:
        facts === undefined
          ? "restore it in the console"
          : `run \`${restoreCommand(facts)}\`, or with another --restore-instance to leave this one as it is`,
    });
  });
}
