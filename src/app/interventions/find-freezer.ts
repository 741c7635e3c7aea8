/** Who writes to what a source captures, as found by their mounts: they can be paused for the moment that it takes. */
import { messageOf } from "../../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { FreezerOf, SourcePlace } from "../../ports/source.ts";
import type { AppContext } from "../app-context.ts";
import { findMountedSource, findNamedSource } from "../restore-in-stack/mounted-source.ts";

export interface FreezerRequest {
  job: Job;
  /** Told of what is less than it should be. Must not throw. */
  onWarning: (message: string) => void;
}

/** A capture that has not ended by then is given up. */
const DEFAULT_LIMIT: Milliseconds = 2 * MINUTE;

/** Of a place of a source. Services that the job names are held instead of those that are found. */
export function freezerFor(
  { services, runtime, observer }: Pick<AppContext, "services" | "runtime" | "observer">,
  { job, onWarning }: FreezerRequest,
): FreezerOf {
  return async (place, signal) => {
    const named = job.quiesce?.services ?? [];
    const found =
      named.length > 0 ? { services: named } : await writersOf({ runtime, job: job.name }, place, signal);
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

/** Who only reads may go on reading. */
async function writersOf(
  { runtime, job }: { runtime: AppContext["runtime"]; job: string },
  place: SourcePlace,
  signal: AbortSignal,
): Promise<{ services: readonly string[] } | { because: string }> {
  const name = "volume" in place ? `volume ${place.volume}` : place.directory;
  try {
    const source =
      "volume" in place
        ? await findNamedSource(runtime, { job, volume: place.volume }, signal)
        : await findMountedSource(runtime, place.directory, signal);
    if (source === undefined) return { because: `which containers use ${name} is not known here` };
    const { services, strangers } = source.writers;
    const [stranger] = strangers;
    if (stranger !== undefined) {
      return { because: `container ${stranger}, which is not of the stack, may write to ${name}, too` };
    }
    if (services.length > 0) return { services };
    return {
      because: `no running service of the stack may write to ${name}, so that something else writes to it`,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { because: `the container engine cannot be asked who uses ${name} (${messageOf(error)})` };
  }
}
