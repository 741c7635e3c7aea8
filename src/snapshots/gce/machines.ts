/** Machines: this one, what one like it needs, and which of its disks a path is on. */
import type {
  AttachedDisk,
  CloudMachine,
  CloudMachines,
  MachineRef,
  SelfMachine,
} from "../../ports/snapshot-provider.ts";
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import type { ComputeApi } from "./compute-api.ts";
import { awaitOperation } from "./operations.ts";
import { GIB } from "./describe-snapshot.ts";
import { deviceNamesBehind } from "./device-names.ts";
import type { MetadataServer } from "./metadata-server.ts";
import { diskOfUrl, diskPath, lastPart, machinePath } from "./places.ts";
import { Disk, Instance, Operation } from "./resources.ts";

export class GceMachines implements CloudMachines {
  readonly #api: ComputeApi;
  readonly #metadata: MetadataServer;
  readonly #root: string;

  /** `root`: where the machine's own directories are, `/` but in tests. */
  constructor(api: ComputeApi, { metadata, root }: { metadata: MetadataServer; root: string }) {
    this.#api = api;
    this.#metadata = metadata;
    this.#root = root;
  }

  async self(signal: AbortSignal): Promise<SelfMachine | undefined> {
    return this.#metadata.self(signal);
  }

  async describe(machine: MachineRef, signal: AbortSignal): Promise<CloudMachine> {
    const what = `Looking at the machine ${machine.name} in ${machine.zone}`;
    const call = { what, signal, method: "GET" as const, path: machinePath(machine) };
    const instance = await this.#api.call(call, Instance);
    const disks = instance.disks.flatMap(attachedDisk);
    return {
      ...{ machine, machineType: lastPart(instance.machineType), status: instance.status, disks },
      image: await this.#imageOf(disks, signal),
      ...{ tags: instance.tags.items, labels: instance.labels },
      networks: instance.networkInterfaces.map((each) => ({
        network: lastPart(each.network),
        subnetwork: each.subnetwork === undefined ? undefined : lastPart(each.subnetwork),
        ...{ internalIp: each.networkIP, externalIp: each.accessConfigs[0]?.natIP },
      })),
      ...{ serviceAccounts: instance.serviceAccounts, deletionProtection: instance.deletionProtection },
    };
  }

  async #imageOf(disks: readonly AttachedDisk[], signal: AbortSignal): Promise<string | undefined> {
    const boot = disks.find((each) => each.boot);
    if (boot === undefined) return undefined;
    const what = `Looking at the disk ${boot.disk.name}`;
    try {
      const call = { what, signal, method: "GET" as const, path: diskPath(boot.disk) };
      const { sourceImage } = await this.#api.call(call, Disk);
      return sourceImage?.replace(/^.*?\/(?=projects\/)/, "");
    } catch (error) {
      if (hasCode(error, "not-found")) return undefined;
      throw error;
    }
  }

  async disksBehind(path: string, signal: AbortSignal): Promise<AttachedDisk[]> {
    const what = `Looking for the disk that ${path} is on`;
    const self = await this.self(signal);
    if (self === undefined) {
      const why = "this is no machine of Google Cloud";
      throw new HoldfastError("refused", { what, why, next: "name the disk, its project and its zone" });
    }
    const names = await deviceNamesBehind(path, { what, root: this.#root });
    const { disks } = await this.describe(self, signal);
    return names.map((name) => {
      const disk = disks.find(({ deviceName }) => deviceName === name);
      if (disk !== undefined) return disk;
      const why = `it is on the device ${name}, which is no persistent disk of ${self.name}`;
      throw new HoldfastError("refused", { what, why, next: "name the disk" });
    });
  }

  async awaitQuiet(machine: MachineRef, signal: AbortSignal): Promise<void> {
    const what = `Waiting for what is being done to ${machine.name}`;
    const scope = `zones/${machine.zone}`;
    const call = { what, signal, path: `${scope}/operations`, query: { filter: `(status != "DONE")` } };
    for await (const operation of this.#api.list(call, Operation)) {
      if (!operation.targetLink.endsWith(`/${machinePath(machine)}`)) continue;
      await awaitOperation(this.#api, operation, { what, signal, scope }).catch((error: unknown) => {
        if (signal.aborted || hasCode(error, "timeout")) throw error;
      });
    }
  }
}

/** Local SSDs are no disks that outlive their machine. */
function attachedDisk(each: Instance["disks"][number]): AttachedDisk[] {
  const disk = each.source === undefined ? undefined : diskOfUrl(each.source);
  if (disk === undefined) return [];
  const { deviceName, boot, autoDelete, diskSizeGb, mode } = each;
  return [{ disk, deviceName, boot, readOnly: mode === "READ_ONLY", autoDelete, bytes: diskSizeGb * GIB }];
}
