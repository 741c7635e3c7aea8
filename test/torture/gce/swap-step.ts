/** A disk put in another one's place while Compute Engine and the machine fail at random and whoever does it dies, then settled as the next start does it. */
import { swapBack, swapForward } from "../../../src/app/disk-swap/carry-out-swap.ts";
import type { DiskSwap } from "../../../src/domain/disk-swap.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { GceProvider } from "../../../src/snapshots/gce/gce-provider.ts";
import { diskOfUrl } from "../../../src/snapshots/gce/places.ts";
import type { FakeCompute } from "../../fakes/gce/fake-compute.ts";
import { ZONE } from "../../fakes/gce/stand-in.ts";
import { MemoryHost } from "../../fakes/memory-host.ts";

const VM = `zones/${ZONE}/instances/vm-1`;
const MOUNT = {
  source: "/dev/disk/by-id/google-data",
  ...{ at: "/mnt/data", type: "ext4", options: "rw,relatime" },
};
/** Settlements that fail are tried again every few seconds. */
const ATTEMPTS = 3;

export interface Surroundings {
  compute: FakeCompute;
  clock: Clock;
  random: () => number;
}

interface Attached {
  source: string;
  deviceName: string;
}

export class TorturedSwap {
  readonly #around: Surroundings;
  readonly #host: MemoryHost;
  /** What is in place, and what takes it next. */
  #names: readonly [inPlace: string, next: string] = ["data-disk", "data-new"];

  constructor(around: Surroundings) {
    this.#around = around;
    around.compute.project.addDisk(`zones/${ZONE}/disks/data-new`);
    this.#host = new MemoryHost(() =>
      this.#attached().flatMap(({ source, deviceName }) => {
        const disk = diskOfUrl(source);
        const known = { deviceName, boot: false, readOnly: false, autoDelete: false, bytes: 0 };
        return disk === undefined ? [] : [{ disk, ...known }];
      }),
    );
    this.#host.mounts.push({ disk: "data-disk", mount: MOUNT });
  }

  #attached(): Attached[] {
    return this.#around.compute.disks.instance(VM)["disks"] as Attached[];
  }

  /** `restarted` gives a provider and the signal of its process; `heal` ends all faults. Throws what the swap threw, once it is settled. */
  async step(
    restarted: () => { provider: GceProvider; signal: AbortSignal },
    heal: () => () => void,
  ): Promise<void> {
    const [old, fresh] = this.#names;
    const swap: DiskSwap = {
      ...{ machine: { zone: ZONE, name: "vm-1" }, deviceName: "data", readOnly: false, mount: MOUNT },
      ...{ old: { zone: ZONE, name: old }, fresh: { zone: ZONE, name: fresh } },
    };
    const context = () => {
      const { provider: cloud, signal } = restarted();
      return { cloud, host: this.#host, clock: this.#around.clock, signal };
    };
    this.#host.beforeChange = (change) => {
      if (this.#around.random() < 0.1) throw new MachineFailed(change);
    };
    try {
      await swapForward(swap, context());
      this.#names = [fresh, old];
    } catch (error) {
      await this.#settle(swap, context, heal);
      throw error;
    } finally {
      this.#host.beforeChange = () => undefined;
    }
  }

  async #settle(
    swap: DiskSwap,
    context: () => Parameters<typeof swapBack>[1],
    heal: () => () => void,
  ): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const isDone = await swapBack(swap, context()).then(
        () => true,
        () => false,
      );
      if (isDone) return;
    }
    this.#host.beforeChange = () => undefined;
    const harm = heal();
    await swapBack(swap, context());
    harm();
  }

  /** What is wrong; undefined where exactly the disk that should be is attached and mounted. */
  trouble(): string | undefined {
    const attached = this.#attached().flatMap(({ source, deviceName }) =>
      deviceName === "data" ? [source.split("/").at(-1)] : [],
    );
    const mounted = this.#host.mounts.map(({ disk }) => disk);
    const [wanted] = this.#names;
    if (attached.join() === wanted && mounted.join() === wanted) return undefined;
    return `attached is ${attached.join() || "nothing"}, mounted ${mounted.join() || "nothing"}, and should be ${wanted}`;
  }
}

export class MachineFailed extends Error {}
