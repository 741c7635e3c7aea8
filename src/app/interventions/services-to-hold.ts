/** Which containers a hold is about: all that run of the named services. */
import { HoldfastError } from "../../domain/errors.ts";
import type { Container, ContainerRuntime, ContainerState } from "../../ports/container-runtime.ts";
import type { HoldMode } from "../../ports/intervention-journal.ts";

export interface ServicesQuestion {
  job: string;
  project: string;
  services: readonly string[];
  mode: HoldMode;
  /** The container that this process runs in. */
  own: Container | undefined;
  signal: AbortSignal;
}

/** Throws `source` for a service that the project does not have: a capture without it held would not be what was asked for. */
export async function servicesToHold(
  runtime: ContainerRuntime,
  { job, project, services, mode, own, signal }: ServicesQuestion,
): Promise<Container[]> {
  const all = (await runtime.containers({ project }, signal)).filter(
    ({ compose }) => compose?.oneOff === false,
  );
  const known = new Set(all.flatMap(({ compose }) => compose?.service ?? []));
  const missing = services.filter((service) => !known.has(service));
  if (missing.length > 0) throw unknownServices(job, project, missing, known);
  const wanted = all.filter(({ compose }) => services.includes(compose?.service ?? ""));
  if (wanted.some(({ id }) => id === own?.id)) throw itself(job);
  // One that fails again and again is about to run: it must not while it is to be stopped. There is nothing of it to pause.
  const runs: readonly ContainerState[] = mode === "stop" ? ["running", "restarting"] : ["running"];
  return wanted.filter(({ state }) => runs.includes(state));
}

function unknownServices(
  job: string,
  project: string,
  missing: readonly string[],
  known: ReadonlySet<string>,
): HoldfastError {
  return new HoldfastError("source", {
    what: `Holding services for job ${job}`,
    why: `project ${project} has no container of ${missing.join(", ")}`,
    next: `name services that exist (${[...known].toSorted().join(", ") || "there are none"}), or start them`,
  });
}

function itself(job: string): HoldfastError {
  return new HoldfastError("source", {
    what: `Holding services for job ${job}`,
    why: "one of them is this service itself",
    next: "take it out of the job's quiesce",
  });
}
