/** Which services have to be stopped for a disk to be unmounted. Nothing is done to anybody else: then it is refused. */
import type { DiskSwap } from "../../domain/disk-swap.ts";
import { hasCode } from "../../domain/errors.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { DiskUser, HostDisk } from "../../ports/host-mounts.ts";
import { refusal } from "./examine-swap.ts";

export interface UsersQuestion {
  swap: DiskSwap;
  disk: HostDisk;
  /** The container that this process runs in. */
  own: Container;
  runtime: ContainerRuntime;
  signal: AbortSignal;
}

/** Compose services of the own project, by name. Throws `refused` for everyone else. */
export async function servicesOnDisk(question: UsersQuestion): Promise<string[]> {
  const { disk, own, swap, signal } = question;
  const refuse = (why: string, next: string) => refusal({ old: swap.old, name: swap.fresh.name }, why, next);
  const using = [...(await containersOf(disk.users, question)), ...(await aboutToUse(question))];
  const onHost = disk.users.filter(({ container }) => container === undefined);
  signal.throwIfAborted();
  if (onHost.length > 0) {
    const names = onHost.map(({ command, pid }) => `${command} (process ${pid})`).join(", ");
    throw refuse(`${names} of the machine uses it`, "end it first");
  }
  if (using.some(({ id }) => id === own.id))
    throw refuse(
      "Holdfast's own container has it mounted, and cannot stop itself",
      "run it by a service without that mount, as docs/gce.md shows, or by hand with --dry-run's commands",
    );
  const strangers = using.filter((container) => !isOurs(container, own));
  if (strangers.length > 0) {
    const names = [...new Set(strangers.map(({ name }) => name))].join(", ");
    throw refuse(`${names}, which is of no service of this stack, uses it`, "stop it first");
  }
  return [...new Set(using.flatMap(({ compose }) => compose?.service ?? []))].toSorted();
}

/** By the processes that were seen. */
async function containersOf(
  users: readonly DiskUser[],
  { swap, runtime, signal }: UsersQuestion,
): Promise<Container[]> {
  const found: Container[] = [];
  for (const { container } of users) {
    if (container === undefined) continue;
    try {
      found.push(await runtime.inspect(container, signal));
    } catch (error) {
      if (!hasCode(error, "not-found")) throw error;
      throw refusal(
        { old: swap.old, name: swap.fresh.name },
        `container ${container.slice(0, 12)}, which this engine does not know, uses it`,
        "end it first",
      );
    }
  }
  return found;
}

/** Between two starts, a container has no process. */
async function aboutToUse({ swap, runtime, signal }: UsersQuestion): Promise<Container[]> {
  const below = (path: string) => path === swap.mount.at || path.startsWith(`${swap.mount.at}/`);
  const all = await runtime.containers({}, signal);
  return all.filter(
    ({ state, mounts }) =>
      ["running", "restarting", "paused"].includes(state) && mounts.some(({ source }) => below(source)),
  );
}

function isOurs({ compose }: Container, own: Container): boolean {
  return compose !== undefined && compose.project === own.compose?.project && !compose.oneOff;
}
