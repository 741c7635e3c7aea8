/** The disks of a cloud in memory. */
import type { DiskRef, DiskSnapshot } from "../../src/domain/disk-snapshot.ts";
import { HoldfastError } from "../../src/domain/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type {
  Attachment,
  CloudDisk,
  CloudDisks,
  MachineRef,
  NewDisk,
} from "../../src/ports/snapshot-provider.ts";
import type { MemoryMachines } from "./memory-machines.ts";

interface KeptDisk {
  disk: CloudDisk;
  intention: string | undefined;
}

export class MemoryDisks implements CloudDisks {
  readonly #all = new Map<string, KeptDisk>();
  readonly #clock: Clock;
  readonly #snapshots: ReadonlyMap<string, DiskSnapshot>;
  readonly #machines: MemoryMachines;

  constructor(clock: Clock, snapshots: ReadonlyMap<string, DiskSnapshot>, machines: MemoryMachines) {
    this.#clock = clock;
    this.#snapshots = snapshots;
    this.#machines = machines;
  }

  /** A disk that was there before. */
  add(disk: DiskRef, facts: Partial<CloudDisk> = {}, intention?: string): CloudDisk {
    const whole: CloudDisk = {
      ...{ disk, id: String(this.#all.size + 1), type: "pd-balanced", bytes: 10 * 2 ** 30 },
      ...{ createdAt: this.#clock.now(), labels: {}, users: [], schedules: [], kmsKeyName: undefined },
      ...facts,
    };
    this.#all.set(keyOf(disk), { disk: whole, intention });
    return whole;
  }

  async find(disk: DiskRef, signal: AbortSignal): Promise<CloudDisk | undefined> {
    signal.throwIfAborted();
    return this.#all.get(keyOf(disk))?.disk;
  }

  async create(request: NewDisk, signal: AbortSignal): Promise<CloudDisk> {
    signal.throwIfAborted();
    const what = `Creating the disk ${request.disk.name}`;
    const there = this.#all.get(keyOf(request.disk));
    if (there !== undefined) {
      if (there.intention === request.intention) return there.disk;
      throw new HoldfastError("already-exists", { what, why: "there is a disk of that name already" });
    }
    const snapshot = this.#snapshots.get(request.snapshot);
    if (snapshot === undefined) {
      throw new HoldfastError("not-found", { what, why: `there is no snapshot ${request.snapshot}` });
    }
    const bytes = request.bytes ?? snapshot.diskBytes;
    if (bytes < snapshot.diskBytes) {
      throw new HoldfastError("refused", { what, why: "it would be smaller than what is in the snapshot" });
    }
    const { stack, job, point, forDrill, disk, intention } = request;
    const labels = {
      ...{ "holdfast-stack": stack, "holdfast-job": job, "holdfast-restored": point.toLowerCase() },
      ...(forDrill ? { "holdfast-drill": point.toLowerCase() } : {}),
    };
    return this.add(disk, { bytes, type: request.type ?? "pd-balanced", labels }, intention);
  }

  async attach({ machine, disk, deviceName, readOnly }: Attachment, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const what = `Attaching the disk ${disk.name} to ${machine.name}`;
    const found = this.#expect(disk, what);
    const there = this.#machines.attachments(machine);
    const sameName = there.find((each) => each.deviceName === deviceName);
    if (sameName !== undefined && keyOf(sameName.disk) === keyOf(disk)) return;
    if (sameName !== undefined) {
      throw new HoldfastError("refused", { what, why: `another disk is attached as ${deviceName}` });
    }
    if (found.users.length > 0) {
      throw new HoldfastError("refused", { what, why: `it is attached to ${found.users[0]?.name} already` });
    }
    const { bytes } = found;
    there.push({ disk, deviceName, boot: false, readOnly, autoDelete: false, bytes });
    this.#setUsers(disk, [machine]);
  }

  async detach(
    { machine, disk }: { machine: MachineRef; disk: DiskRef },
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const there = this.#machines.attachments(machine);
    const index = there.findIndex((each) => keyOf(each.disk) === keyOf(disk));
    if (index < 0) return;
    if (there[index]?.boot === true) {
      const what = `Detaching the disk ${disk.name} of ${machine.name}`;
      throw new HoldfastError("refused", { what, why: "the machine has booted from it" });
    }
    there.splice(index, 1);
    this.#setUsers(disk, []);
  }

  async drillDisks(stack: string, signal: AbortSignal): Promise<CloudDisk[]> {
    signal.throwIfAborted();
    return [...this.#all.values()].map(({ disk }) => disk).filter((disk) => isOfDrill(disk, stack));
  }

  async removeDrillDisk(disk: DiskRef, stack: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const what = `Deleting the disk ${disk.name}`;
    const found = this.#all.get(keyOf(disk))?.disk;
    if (found === undefined) return;
    if (!isOfDrill(found, stack)) throw new HoldfastError("refused", { what, why: "no drill has made it" });
    if (found.users.length > 0) throw new HoldfastError("retained", { what, why: "it is attached" });
    this.#all.delete(keyOf(disk));
  }

  #expect(disk: DiskRef, what: string): CloudDisk {
    const found = this.#all.get(keyOf(disk))?.disk;
    if (found !== undefined) return found;
    throw new HoldfastError("not-found", { what, why: `there is no disk ${disk.name}` });
  }

  #setUsers(disk: DiskRef, users: MachineRef[]): void {
    const kept = this.#all.get(keyOf(disk));
    if (kept !== undefined) kept.disk = { ...kept.disk, users };
  }

  setSchedules(disk: DiskRef, schedules: string[]): void {
    const kept = this.#all.get(keyOf(disk));
    if (kept !== undefined) kept.disk = { ...kept.disk, schedules };
  }
}

function isOfDrill({ labels }: CloudDisk, stack: string): boolean {
  return "holdfast-drill" in labels && labels["holdfast-stack"] === stack;
}

function keyOf(disk: DiskRef): string {
  return `${"zone" in disk ? disk.zone : disk.region}/${disk.name}`;
}
