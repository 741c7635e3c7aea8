/** Who writes to what a source captures, as found by their mounts: they can be paused for the moment that it takes. */
import { messageOf } from "../../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { Freezer } from "../../ports/source.ts";
import type { AppContext } from "../app-context.ts";
import { findMountedSource } from "../restore-in-stack/mounted-source.ts";

export interface FreezerRequest {
  job: Job;
  /** Told of what is less than it should be. Must not throw. */
  onWarning: (message: string) => void;
}

/** A capture that has not ended by then is given up. */
const DEFAULT_LIMIT: Milliseconds = 2 * MINUTE;

/** Of a directory of a source. Services that the job names are held instead of those that are found. */
export function freezerFor(
  { services, runtime, observer }: Pick<AppContext, "services" | "runtime" | "observer">,
  { job, onWarning }: FreezerRequest,
): (directory: string, signal: AbortSignal) => Promise<Freezer> {
  return async (directory, signal) => {
    const named = job.quiesce?.services ?? [];
    const found = named.length > 0 ? { services: named } : await usersOf(runtime, directory, signal);
    if ("because" in found) return found;
    return {
      async freeze(work) {
        const limit = job.quiesce?.limit ?? DEFAULT_LIMIT;
        const held = await services.hold(
          {
            job: job.name,
            mode: "pause",
            services: found.services,
            grace: undefined,
            limit,
            signal,
            onWarning,
          },
          work,
        );
        observer.servicesHeld?.({ job: job.name, heldMs: held.heldMs });
        return held;
      },
    };
  };
}

async function usersOf(
  runtime: AppContext["runtime"],
  directory: string,
  signal: AbortSignal,
): Promise<{ services: readonly string[] } | { because: string }> {
  try {
    const source = await findMountedSource(runtime, directory, signal);
    if (source === undefined) return { because: `which containers use ${directory} is not known here` };
    const [stranger] = source.strangers;
    if (stranger !== undefined) {
      return { because: `container ${stranger}, which is not of the stack, uses ${directory}, too` };
    }
    if (source.services.length > 0) return { services: source.services };
    return {
      because: `no running service of the stack uses ${directory}, so that something else writes to it`,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { because: `the container engine cannot be asked who uses ${directory} (${messageOf(error)})` };
  }
}
