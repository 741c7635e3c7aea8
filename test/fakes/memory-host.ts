/** A machine's own mounts in memory: it sees the disks that its cloud has attached to it. */
import { HoldfastError } from "../../src/domain/errors.ts";
import type { DiskUser, HostDisk, HostMount, HostMounts } from "../../src/ports/host-mounts.ts";
import type { AttachedDisk } from "../../src/ports/snapshot-provider.ts";

export class MemoryHost implements HostMounts {
  /** What is mounted where, and of which disk that is. */
  readonly mounts: { disk: string; mount: HostMount }[] = [];
  users: DiskUser[] = [];
  madeOfIt: string[] = [];
  holdsEngine = false;
  root = "/";
  /** Called before each change, with `mount /mnt/data`; may throw. */
  beforeChange: (change: string) => void = () => undefined;
  readonly #attached: () => readonly AttachedDisk[];

  constructor(attached: () => readonly AttachedDisk[]) {
    this.#attached = attached;
  }

  async look(deviceName: string): Promise<HostDisk | undefined> {
    const found = this.#attached().find((each) => each.deviceName === deviceName);
    if (found === undefined) return undefined;
    return {
      mounts: this.mounts
        .filter(({ disk }) => disk === found.disk.name)
        .map(({ mount }) => ({ ...mount, root: this.root })),
      ...{ users: this.users, madeOfIt: this.madeOfIt, holdsEngine: this.holdsEngine },
    };
  }

  async unmount(at: string): Promise<void> {
    this.beforeChange(`unmount ${at}`);
    const index = this.mounts.findIndex(({ mount }) => mount.at === at);
    if (index < 0) throw new HoldfastError("target", { what: `Unmounting ${at}`, why: "it is not mounted" });
    this.mounts.splice(index, 1);
  }

  async mount(mount: HostMount): Promise<void> {
    this.beforeChange(`mount ${mount.at}`);
    const found = this.#attached().find(({ deviceName }) => mount.source.endsWith(`google-${deviceName}`));
    if (found === undefined) {
      throw new HoldfastError("target", { what: `Mounting ${mount.source}`, why: "there is no such device" });
    }
    this.mounts.push({ disk: found.disk.name, mount });
  }
}
