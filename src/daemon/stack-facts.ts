/** What the container engine knows of the stack: its Compose project, the labels of its services, its named volumes. */
import { isEngineAbsent } from "../app/absent-engine.ts";
import { within } from "../app/within.ts";
import type { ServiceLabel } from "../config/labels.ts";
import { asError, HoldfastError, messageOf } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Container, ContainerRuntime } from "../ports/container-runtime.ts";

export interface StackFacts {
  /** Undefined where nothing says. */
  project: string | undefined;
  labels: readonly ServiceLabel[];
  /** Full names of the project's named volumes, sorted; undefined where the engine does not tell. */
  volumes: readonly string[] | undefined;
  /**
   * Why the engine could not be asked: `absent` where there is no socket of one, as in a stack that gives none; else the error of an
   * engine that is there, or should be.
   */
  trouble: "absent" | Error | undefined;
}

/** No command waits longer for an engine that hangs; one that is only busy, as when a whole stack is brought back, takes its time. */
const ASK_LIMIT = 30 * SECOND;

export interface AskOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  /** The project that the environment names: for a process outside of a container. */
  named: string | undefined;
  signal: AbortSignal;
}

/** Rejects only when it is cancelled. */
export async function askStackFacts({ runtime, clock, named, signal }: AskOptions): Promise<StackFacts> {
  const what = "Asking the container engine for the labels of the stack";
  try {
    return await within({ clock, limit: ASK_LIMIT, what, signal }, async (both) => {
      const project = (await runtime.ownContainer(both))?.compose?.project ?? named;
      if (project === undefined) return { project, labels: [], volumes: undefined, trouble: undefined };
      const labels = labelsOf(await runtime.containers({ project }, both));
      return { project, labels, volumes: await volumesOf(runtime, project, both), trouble: undefined };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const trouble = isEngineAbsent(error) ? "absent" : asError(error);
    return { project: named, labels: [], volumes: undefined, trouble };
  }
}

/**
 * An engine that is only slow, or not there yet, will name the stack: until then nothing may be done under the name of all that have
 * none. Throws `runtime`.
 */
export function assertNamed({ isNamed }: { isNamed: boolean }, trouble: StackFacts["trouble"]): void {
  if (isNamed || !(trouble instanceof HoldfastError) || !trouble.transient) return;
  throw new HoldfastError("runtime", {
    what: "Finding out what the stack is called",
    why: `only the container engine can say, and it does not answer (${messageOf(trouble)})`,
    next: "try again, or name it: `stack` in the config file, or COMPOSE_PROJECT_NAME",
    cause: trouble,
    transient: true,
  });
}

/** A proxy may not let it through: whoever has a job for them is told then, and nobody else needs to know. */
async function volumesOf(
  runtime: ContainerRuntime,
  project: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const volumes = await runtime.volumes({ project }, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
  });
  return volumes?.map(({ name }) => name).sort();
}

/** Sorted, so that the same labels are the same list. Those of one-off containers are nobody's config. */
export function labelsOf(containers: readonly Container[]): ServiceLabel[] {
  const lasting = containers.filter(({ compose }) => compose !== undefined && !compose.oneOff);
  return lasting
    .filter((container) => !lasting.some((other) => isSuccessor(other, container)))
    .flatMap(({ compose, labels }) =>
      Object.entries(labels).map(([name, value]) => ({ service: compose?.service ?? "", name, value })),
    )
    .filter(({ name }) => name.startsWith(PREFIX))
    .sort((a, b) => compare(a.service, b.service) || compare(a.name, b.name) || compare(a.value, b.value));
}

const PREFIX = "holdfast.";

/** Compose makes the new container before it removes the old one: for a while both are there. */
function isSuccessor({ id, compose }: Container, old: Container): boolean {
  return id !== old.id && (compose?.replaces === old.id || compose?.replaces === old.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
