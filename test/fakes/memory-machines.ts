/** The machines of a cloud in memory. */
import { HoldfastError } from "../../src/domain/errors.ts";
import type {
  AttachedDisk,
  CloudMachine,
  CloudMachines,
  MachineRef,
  SelfMachine,
} from "../../src/ports/snapshot-provider.ts";

export class MemoryMachines implements CloudMachines {
  own: SelfMachine | undefined;
  /** By path, what `disksBehind` tells. */
  readonly behind = new Map<string, AttachedDisk[]>();
  readonly #attached = new Map<string, AttachedDisk[]>();

  attachments({ zone, name }: MachineRef): AttachedDisk[] {
    const key = `${zone}/${name}`;
    const there = this.#attached.get(key) ?? [];
    this.#attached.set(key, there);
    return there;
  }

  async self(signal: AbortSignal): Promise<SelfMachine | undefined> {
    signal.throwIfAborted();
    return this.own;
  }

  async describe(machine: MachineRef, signal: AbortSignal): Promise<CloudMachine> {
    signal.throwIfAborted();
    return {
      ...{ machine, machineType: "e2-standard-4", status: "RUNNING", tags: ["http-server"], labels: {} },
      image: "projects/debian-cloud/global/images/debian-12-bookworm-v20260101",
      networks: [
        { network: "default", subnetwork: "default", internalIp: "10.0.0.2", externalIp: undefined },
      ],
      ...{ serviceAccounts: [], disks: [...this.attachments(machine)], deletionProtection: false },
    };
  }

  async awaitQuiet(_machine: MachineRef, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async disksBehind(path: string, signal: AbortSignal): Promise<AttachedDisk[]> {
    signal.throwIfAborted();
    const disks = this.behind.get(path);
    if (disks !== undefined) return disks;
    const what = `Looking for the disk that ${path} is on`;
    throw new HoldfastError("refused", { what, why: "nothing tells it", next: "name the disk" });
  }
}
