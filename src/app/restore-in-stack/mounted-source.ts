/** Where a source that other containers use comes from: a mount of this container, or a volume by its name; and who uses it. */
import { contains } from "../../archive/restore/mount-table.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Container, ContainerMount, ContainerRuntime } from "../../ports/container-runtime.ts";
import { mountHolding } from "../one-off/own-mounts.ts";

export interface MountedSource {
  /** The container that this process runs in. */
  own: Container;
  /** Its mount that the source is, or lies in; of a volume that it has not mounted, where another container of ours has it. */
  mount: ContainerMount;
  /** The source, where that is mounted. */
  path: string;
  /** Services of the own project that run and use the source, but the own one: Holdfast only reads, and waits for the job's lock. */
  services: readonly string[];
  /** Names of other containers that run and use it: nothing is done to them. */
  strangers: readonly string[];
  /** Those of them that may write to it. */
  writers: Users;
}

interface Users {
  services: readonly string[];
  strangers: readonly string[];
}

/** Undefined where this process runs in no container, or the source is not from outside of it. Throws `runtime` without an engine. */
export async function findMountedSource(
  runtime: ContainerRuntime,
  path: string,
  signal: AbortSignal,
): Promise<MountedSource | undefined> {
  const own = await runtime.ownContainer(signal);
  const mount = own === undefined ? undefined : mountOf(own, path);
  if (own === undefined || mount === undefined) return undefined;
  return { own, mount, path, ...(await usersOf({ own, mount, path }, runtime, signal)) };
}

/** Apart from all that this container has mounted. */
const VOLUMES = "/volume";

/** A named volume that is not mounted in this container. Throws `runtime` where this process runs in none: there is no image then. */
export async function findNamedSource(
  runtime: ContainerRuntime,
  { job, volume }: { job: string; volume: string },
  signal: AbortSignal,
): Promise<MountedSource> {
  const own = await runtime.ownContainer(signal);
  if (own === undefined) throw nowhere(job, volume);
  const path = `${VOLUMES}/${volume}`;
  const mount: ContainerMount = { kind: "volume", volume, source: "", destination: path, writable: false };
  return { own, mount, path, ...(await usersOf({ own, mount, path }, runtime, signal)) };
}

/** Whether this process can see it. */
export function isMountedHere({ own, mount }: Pick<MountedSource, "own" | "mount">): boolean {
  return own.mounts.includes(mount);
}

async function usersOf(
  { own, mount, path }: Pick<MountedSource, "own" | "mount" | "path">,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<Users & { writers: Users }> {
  const running = (await runtime.containers({}, signal)).filter(
    ({ id, state, compose }) =>
      id !== own.id &&
      !isOfService(own, compose) &&
      (state === "running" || state === "paused" || state === "restarting"),
  );
  const through = (isMeant: (other: ContainerMount) => boolean): Users =>
    sortedOut(
      running.filter(({ mounts }) =>
        mounts.some((other) => isMeant(other) && isOfSource(other, mount, path)),
      ),
      own,
    );
  return { ...through(() => true), writers: through(({ writable }) => writable) };
}

function sortedOut(users: readonly Container[], own: Container): Users {
  const isOurs = ({ compose }: Container): boolean =>
    compose !== undefined && compose.project === own.compose?.project && !compose.oneOff;
  return {
    services: [...new Set(users.filter(isOurs).flatMap(({ compose }) => compose?.service ?? []))],
    strangers: users.filter((user) => !isOurs(user)).map(({ name }) => name),
  };
}

/** `docker compose run` makes a container beside that of the daemon. */
function isOfService({ compose: own }: Container, compose: Container["compose"]): boolean {
  return own !== undefined && compose?.project === own.project && compose.service === own.service;
}

function mountOf({ mounts }: Container, path: string): ContainerMount | undefined {
  const mount = mountHolding(mounts, path);
  return mount?.kind === "volume" || mount?.kind === "bind" ? mount : undefined;
}

function isOfSource(other: ContainerMount, mount: ContainerMount, path: string): boolean {
  if (mount.volume !== undefined && other.volume === mount.volume) return true;
  if (other.source === "" || mount.source === "") return false;
  const onHost = `${mount.source}${path.slice(mount.destination.length)}`;
  // Who only looks at a directory far above, as monitoring does at the whole disk, is not who uses the source.
  return contains(onHost, other.source) || (other.writable && contains(other.source, onHost));
}

function nowhere(job: string, volume: string): HoldfastError {
  return new HoldfastError("runtime", {
    what: `Restoring job ${job} in place`,
    why: `volume ${volume} is not mounted here, and Holdfast runs in no container of this engine, so that there is no image to make one of that has it`,
    next: "run Holdfast as a service of the stack, or restore to a directory with --to",
  });
}
