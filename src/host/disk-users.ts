/** Who holds a disk, so that it could not be unmounted, or would be lost by who has it mounted elsewhere. */
import type { DiskUser } from "../ports/host-mounts.ts";
import type { TableMount } from "./mount-table.ts";
import { mountsOf, processesIn, userOf, usesDevice } from "./processes.ts";

export interface HostView {
  proc: string;
  /** Of the machine's own mount namespace. */
  namespace: string;
  mounts: readonly TableMount[];
}

/** One user for each container or process. `devices`: major:minor of the disk and of its partitions. */
export async function diskUsers(host: HostView, devices: ReadonlySet<string>): Promise<DiskUser[]> {
  const { proc } = host;
  const users: DiskUser[] = [];
  const keeping = new Map<string, boolean>();
  for (const { pid, namespace } of await processesIn(proc)) {
    let keeps = keeping.get(namespace);
    if (keeps === undefined) {
      keeps = namespace !== host.namespace && keepsMounted(await mountsOf(proc, pid), host, devices);
      keeping.set(namespace, keeps);
    }
    if (keeps || (await usesDevice(proc, pid, devices))) users.push(await userOf(proc, pid));
  }
  return users.filter(
    ({ container }, index) =>
      container === undefined || users.findIndex((user) => user.container === container) === index,
  );
}

/** Whether one of its mounts stays when the machine's own is unmounted: that ends those that were made by it where it is. */
function keepsMounted(
  table: readonly TableMount[],
  { mounts }: HostView,
  devices: ReadonlySet<string>,
): boolean {
  return table.some((mount) => devices.has(mount.device) && !follows(mount, table, mounts));
}

function follows(mount: TableMount, table: readonly TableMount[], own: readonly TableMount[]): boolean {
  const original = own.find(({ device, point }) => device === mount.device && point === mount.point);
  const above = table.find(({ id }) => id === mount.parent);
  const aboveOriginal = own.find(({ id }) => id === original?.parent);
  const group = aboveOriginal?.shared;
  return group !== undefined && (above?.master === group || above?.shared === group);
}
