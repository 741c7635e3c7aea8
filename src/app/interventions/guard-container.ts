/** The container that a guard runs in: of the same image as our own, and reaching the engine and the journal as we do. */
import { HoldfastError } from "../../domain/errors.ts";
import type {
  Container,
  ContainerMount,
  ContainerRequest,
  RequestedMount,
} from "../../ports/container-runtime.ts";
import type { GuardOrders } from "./guard.ts";

/** Holds the orders, as JSON. */
export const GUARD_VARIABLE = "HOLDFAST_GUARD";
/** Its value is the Compose project. */
const GUARD_LABEL = "holdfast.guard";
/** Its value is the service or container whose guard it is: two sidecars of a project leave each other's alone. */
const GUARD_OF_LABEL = "holdfast.guard.of";

export interface GuardContainer {
  name: string;
  own: Container;
  project: string;
  /** Runs a verb of this program in the image. */
  program: readonly string[];
  orders: GuardOrders;
}

/** Throws `source` where our own container reaches the engine or keeps the journal in a way that no other one can share. */
export function guardRequest({ name, own, project, program, orders }: GuardContainer): ContainerRequest {
  const socket = /^unix:\/\/(.+)$/.exec(orders.engine)?.[1];
  return {
    name,
    image: own.image,
    command: [...program, "guard"],
    env: { [GUARD_VARIABLE]: JSON.stringify(orders) },
    labels: guardLabels(project, own),
    mounts: [
      // Whoever may not write to a socket may not connect to it.
      ...(socket === undefined ? [] : [shared(own, socket, "the engine's socket")]),
      { ...shared(own, orders.stateDirectory, "the state directory"), writable: false },
    ],
    networks: socket === undefined ? own.networks : [],
    capabilities: ["DAC_READ_SEARCH"],
    survivesEngine: true,
  };
}

export function guardLabels(project: string, own: Container): Record<string, string> {
  return { [GUARD_LABEL]: project, [GUARD_OF_LABEL]: own.compose?.service ?? own.name };
}

/** The mount by which our own container has the path. */
function shared(own: Container, path: string, what: string): RequestedMount {
  const mounts = own.mounts
    .filter(({ destination }) => `${real(path)}/`.startsWith(`${real(destination)}/`))
    .toSorted((a, b) => b.destination.length - a.destination.length);
  const [mount] = mounts;
  const source = mount === undefined ? undefined : sourceOf(mount);
  if (mount === undefined || source === undefined) throw notShared(path, what);
  return { ...source, destination: mount.destination, writable: mount.writable };
}

/** Images have the one as a link to the other. */
function real(path: string): string {
  return path.replace(/^\/var\/run\//, "/run/");
}

function sourceOf({
  kind,
  volume,
  source,
}: ContainerMount): Pick<RequestedMount, "kind" | "source"> | undefined {
  if (kind === "bind") return { kind, source };
  return kind === "volume" && volume !== undefined ? { kind, source: volume } : undefined;
}

function notShared(path: string, what: string): HoldfastError {
  return new HoldfastError("source", {
    what: "Guarding held services",
    why: `${what} ${path} of this container is neither a volume nor mounted from the host`,
    next: "mount it as one, or set guard: off",
  });
}
