/** Disks: made of snapshots, attached and detached, and deleted where a drill has made them. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type {
  Attachment,
  CloudDisk,
  CloudDisks,
  MachineRef,
  NewDisk,
} from "../../ports/snapshot-provider.ts";
import { keyOf } from "./begin-snapshot.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { describeDiskResource } from "./describe-disk.ts";
import { GIB } from "./describe-snapshot.ts";
import { JOB, STACK } from "./labels.ts";
import { labelOf, pointLabel, requestId } from "./names.ts";
import { awaitOperation, OPERATION_LIMIT } from "./operations.ts";
import { Pauses } from "../pauses.ts";
import { describeDisk, diskOfUrl, diskPath, lastPart, machinePath, placeOf, sameDisk } from "./places.ts";
import { Disk, Instance, Operation } from "./resources.ts";

/** Of what a drill has made; nothing else is deleted. */
const DRILL = "holdfast-drill";
const RESTORED = "holdfast-restored";
/** Which attempt at which restore has made it. */
const INTENTION = "holdfast-intention";
const MAX_PAGES = 1000;

export class GceDisks implements CloudDisks {
  readonly #api: ComputeApi;

  constructor(api: ComputeApi) {
    this.#api = api;
  }

  async find(disk: DiskRef, signal: AbortSignal): Promise<CloudDisk | undefined> {
    const found = await this.#find(disk, { what: `Looking at ${describeDisk(disk)}`, signal });
    return found === undefined ? undefined : describeDiskResource(found);
  }

  async create(request: NewDisk, signal: AbortSignal): Promise<CloudDisk> {
    const { disk, intention, snapshot } = request;
    const purpose = { what: `Creating ${describeDisk(disk)} of the snapshot ${snapshot}`, signal };
    const project = await this.#api.project(signal);
    const body = bodyOf(request, project);
    const call = {
      ...{ ...purpose, method: "POST" as const, path: `${placeOf(disk)}/disks`, body },
      query: { requestId: requestId("disk", diskPath(disk), intention, snapshot) },
    };
    try {
      await this.#await(await this.#api.call(call, Operation), placeOf(disk), purpose);
    } catch (error) {
      if (!hasCode(error, "already-exists")) throw error;
      await this.#assertOurs(request, { ...purpose, error });
    }
    return this.#untilReady(disk, purpose);
  }

  async #assertOurs({ disk, intention }: NewDisk, { error, ...purpose }: Purpose & { error: unknown }) {
    const there = await this.#find(disk, purpose);
    if (there?.labels[INTENTION] === labelOf(intention)) return;
    const why = `there is a disk ${disk.name} already`;
    throw new HoldfastError("already-exists", {
      what: purpose.what,
      why,
      next: "choose another name",
      cause: error,
    });
  }

  /** It was found to be there: whoever began it awaits its operation, which we do not know. */
  async #untilReady(disk: DiskRef, purpose: Purpose): Promise<CloudDisk> {
    const pauses = new Pauses(this.#api.clock, { from: SECOND, to: 5 * SECOND, limit: OPERATION_LIMIT });
    for (;;) {
      const found = await this.#find(disk, purpose);
      if (found?.status === "READY") return describeDiskResource(found);
      const isOver = found === undefined || found.status === "FAILED" || found.status === "DELETING";
      if (isOver || !(await pauses.next(purpose.signal, purpose.what))) {
        const why = found === undefined ? "it is gone" : `it is ${found.status.toLowerCase()}`;
        throw new HoldfastError("store", { what: purpose.what, why });
      }
    }
  }

  async attach({ machine, disk, deviceName, readOnly }: Attachment, signal: AbortSignal): Promise<void> {
    const what = `Attaching ${describeDisk(disk)} to ${machine.name} as ${deviceName}`;
    const purpose = { what, signal };
    const there = (await this.#attached(machine, purpose)).find((each) => each.deviceName === deviceName);
    if (there !== undefined) {
      if (there.disk !== undefined && sameDisk(there.disk, disk) && there.readOnly === readOnly) return;
      const other = there.disk?.name ?? "something";
      const why = `${other} is attached by that device name${readOnly ? ", or not read-only" : ""}`;
      throw new HoldfastError("refused", { what, why, next: "detach it, or choose another device name" });
    }
    const project = await this.#api.project(signal);
    await this.#change(
      {
        path: `${machinePath(machine)}/attachDisk`,
        body: {
          ...{ source: `projects/${project}/${diskPath(disk)}`, deviceName, autoDelete: false },
          mode: readOnly ? "READ_ONLY" : "READ_WRITE",
        },
      },
      `zones/${machine.zone}`,
      purpose,
    ).catch(async (error: unknown) => {
      if (await this.#isSo(machine, purpose, (now) => now?.deviceName === deviceName, disk)) return;
      if (!hasCode(error, "retained")) throw error;
      throw new HoldfastError("refused", { what, why: "it is attached to a machine already", cause: error });
    });
  }

  async detach(
    { machine, disk }: { machine: MachineRef; disk: DiskRef },
    signal: AbortSignal,
  ): Promise<void> {
    const what = `Detaching ${describeDisk(disk)} from ${machine.name}`;
    const purpose = { what, signal };
    const attached = await this.#attached(machine, purpose);
    const there = attached.find((each) => each.disk !== undefined && sameDisk(each.disk, disk));
    if (there === undefined) return;
    if (there.boot) throw new HoldfastError("refused", { what, why: "the machine has booted from it" });
    const path = `${machinePath(machine)}/detachDisk`;
    const query = { deviceName: there.deviceName };
    await this.#change({ path, query }, `zones/${machine.zone}`, purpose).catch(async (error: unknown) => {
      if (!(await this.#isSo(machine, purpose, (now) => now === undefined, disk))) throw error;
    });
  }

  /** What was done although its answer was lost for good is refused when it is asked for again. Nothing is waited for here. */
  async #isSo(
    machine: MachineRef,
    purpose: Purpose,
    isWanted: (attached: { deviceName: string } | undefined) => boolean,
    disk: DiskRef,
  ): Promise<boolean> {
    if (purpose.signal.aborted) return false;
    const attached = await this.#attached(machine, purpose).catch(() => undefined);
    if (attached === undefined) return false;
    return isWanted(attached.find((each) => each.disk !== undefined && sameDisk(each.disk, disk)));
  }

  async drillDisks(stack: string, signal: AbortSignal): Promise<CloudDisk[]> {
    const purpose = { what: `Looking for disks of drills of ${stack}`, signal };
    const filter = `(labels.${STACK} = "${labelOf(stack)}") AND (labels.${DRILL}:*)`;
    const found: CloudDisk[] = [];
    let pageToken: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const query = { filter, pageToken };
      const call = { ...purpose, method: "GET" as const, path: "aggregated/disks", query };
      const page: z.infer<typeof ScopedDisks> = await this.#api.call(call, ScopedDisks);
      const disks = Object.values(page.items).flatMap((scope) => scope.disks);
      found.push(...disks.filter((disk) => isOfDrill(disk, stack)).map(describeDiskResource));
      pageToken = page.nextPageToken;
      if (pageToken === undefined || pageToken === "") return found;
    }
    throw new HoldfastError("store", { what: purpose.what, why: "Compute Engine lists without end" });
  }

  async removeDrillDisk(disk: DiskRef, stack: string, signal: AbortSignal): Promise<void> {
    const purpose = { what: `Deleting ${describeDisk(disk)}`, signal };
    const found = await this.#find(disk, purpose);
    if (found === undefined) return;
    if (!isOfDrill(found, stack)) {
      const why = `it is none that a drill of ${stack} has made`;
      throw new HoldfastError("refused", {
        what: purpose.what,
        why,
        next: "delete it yourself, if it is not needed",
      });
    }
    const [user] = found.users;
    if (user !== undefined) {
      const why = `it is attached to ${lastPart(user)}`;
      throw new HoldfastError("retained", { what: purpose.what, why, next: "detach it" });
    }
    const call = {
      ...purpose,
      method: "DELETE" as const,
      path: diskPath(disk),
      query: { requestId: randomUUID() },
    };
    try {
      await this.#await(await this.#api.call(call, Operation), placeOf(disk), purpose);
    } catch (error) {
      if (!hasCode(error, "not-found")) throw error;
    }
  }

  async #change(
    { path, query, body }: { path: string; query?: Record<string, string>; body?: unknown },
    scope: string,
    purpose: Purpose,
  ): Promise<void> {
    const call = { ...purpose, method: "POST" as const, path, body };
    const operation = await this.#api.call(
      { ...call, query: { ...query, requestId: randomUUID() } },
      Operation,
    );
    await this.#await(operation, scope, purpose);
  }

  async #await(operation: Operation, scope: string, purpose: Purpose): Promise<void> {
    await awaitOperation(this.#api, operation, { ...purpose, scope });
  }

  async #attached(machine: MachineRef, purpose: Purpose) {
    const call = { ...purpose, method: "GET" as const, path: machinePath(machine) };
    const { disks } = await this.#api.call(call, Instance);
    return disks.map(({ source, deviceName, boot, mode }) => {
      const disk = source === undefined ? undefined : diskOfUrl(source);
      return { disk, deviceName, boot, readOnly: mode === "READ_ONLY" };
    });
  }

  async #find(disk: DiskRef, purpose: Purpose): Promise<Disk | undefined> {
    try {
      return await this.#api.call({ ...purpose, method: "GET", path: diskPath(disk) }, Disk);
    } catch (error) {
      if (hasCode(error, "not-found")) return undefined;
      throw error;
    }
  }
}

const ScopedDisks = z.object({
  items: z.record(z.string(), z.object({ disks: z.array(Disk).default([]) })).default({}),
  nextPageToken: z.string().optional(),
});

function isOfDrill({ labels }: Disk, stack: string): boolean {
  return DRILL in labels && labels[STACK] === labelOf(stack);
}

function bodyOf(request: NewDisk, project: string): Record<string, unknown> {
  const { disk, snapshot, stack, job, point, intention, forDrill, type, bytes, replicaZones } = request;
  const { snapshotKey, key } = request;
  return {
    name: disk.name,
    sourceSnapshot: `projects/${project}/global/snapshots/${snapshot}`,
    description: `Made of recovery point ${point} of job ${job} of stack ${stack} by Holdfast`,
    labels: {
      ...{ [STACK]: labelOf(stack), [JOB]: labelOf(job), [RESTORED]: pointLabel(point) },
      ...{ [INTENTION]: labelOf(intention), ...(forDrill ? { [DRILL]: pointLabel(point) } : {}) },
    },
    ...(type === undefined ? {} : { type: `projects/${project}/${placeOf(disk)}/diskTypes/${type}` }),
    ...(bytes === undefined ? {} : { sizeGb: String(Math.ceil(bytes / GIB)) }),
    ...(replicaZones === undefined
      ? {}
      : { replicaZones: replicaZones.map((zone) => `projects/${project}/zones/${zone}`) }),
    ...(snapshotKey === undefined ? {} : { sourceSnapshotEncryptionKey: keyOf(snapshotKey) }),
    ...(key === undefined ? {} : { diskEncryptionKey: keyOf(key) }),
  };
}
