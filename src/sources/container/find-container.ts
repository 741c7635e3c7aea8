/** Which container of a service its data is read from. */
import { HoldfastError } from "../../domain/errors.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";

export interface FoundContainer {
  container: Container;
  /** Of the same service. */
  others: readonly Container[];
}

export interface StackContext {
  runtime: ContainerRuntime;
  /** The Compose project, where this process runs in none. */
  project: string;
}

/** Those that run come first. */
const PREFERRED: readonly Container["state"][] = ["running", "paused", "restarting", "exited", "created"];

/** The first replica that runs, else the first there is. Throws `source`, naming the services there are, where there is none. */
export async function findContainer(
  { service, source }: { service: string; source: string },
  { runtime, project: fallback }: StackContext,
  signal: AbortSignal,
): Promise<FoundContainer> {
  const own = await runtime.ownContainer(signal);
  const project = own?.compose?.project ?? fallback;
  const all = (await runtime.containers({ project }, signal)).filter(
    ({ state, compose }) => compose?.oneOff === false && PREFERRED.includes(state),
  );
  const [container, ...others] = all
    .filter(({ compose }) => compose?.service === service)
    .toSorted((a, b) => rank(a) - rank(b) || (a.compose?.number ?? 0) - (b.compose?.number ?? 0));
  if (container !== undefined) return { container, others };
  const services = [...new Set(all.flatMap(({ compose }) => compose?.service ?? []))].sort();
  throw new HoldfastError("source", {
    what: `Capturing ${source}`,
    why: `project ${project} has no container of a service ${service}`,
    next:
      services.length === 0
        ? "start the stack: it has no containers at all"
        : `name one of: ${services.join(", ")}`,
  });
}

function rank({ state }: Container): number {
  return PREFERRED.indexOf(state);
}
