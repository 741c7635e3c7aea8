/** A cloud of one project in memory: what the port promises and nothing more. Snapshots become ready when a test says so, or at once. */
import {
  SNAPSHOT_MARKS,
  type DiskRef,
  type DiskSnapshot,
  type SnapshotMarks,
} from "../../src/domain/disk-snapshot.ts";
import { cancellation, HoldfastError } from "../../src/domain/errors.ts";
import { toIso, type Instant } from "../../src/domain/instant.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type {
  InspectRequest,
  Inspection,
  PointOfJob,
  PointSnapshots,
  SnapshotProvider,
  SnapshotRequest,
} from "../../src/ports/snapshot-provider.ts";
import { MemoryDisks } from "./memory-disks.ts";
import { MemoryMachines } from "./memory-machines.ts";
import { MemorySchedules } from "./memory-schedules.ts";

/** How often `awaitReady` looks again. */
const LOOK_EVERY = 1000;
export const GIB = 2 ** 30;

export class MemorySnapshotProvider implements SnapshotProvider {
  readonly kind = "memory";
  readonly snapshots: MemoryPointSnapshots;
  readonly disks: MemoryDisks;
  readonly machines = new MemoryMachines();
  readonly schedules: MemorySchedules;
  inspection: Inspection = { missing: [], unknown: [] };

  constructor(clock: Clock) {
    this.snapshots = new MemoryPointSnapshots(clock);
    this.disks = new MemoryDisks(clock, this.snapshots.all, this.machines);
    this.schedules = new MemorySchedules(this.disks);
  }

  async inspect(_request: InspectRequest, signal: AbortSignal): Promise<Inspection> {
    throwIfAborted(signal, "Inspecting");
    return this.inspection;
  }
}

export class MemoryPointSnapshots implements PointSnapshots {
  readonly all = new Map<string, DiskSnapshot>();
  readonly requests: SnapshotRequest[] = [];
  /** Disks that exist; undefined: every one does. */
  known: Map<string, { bytes: number }> | undefined;
  /** Names of snapshots that something is being made of. */
  readonly inUse = new Set<string>();
  notBefore: Instant | undefined;
  /** What a new snapshot is at first. */
  statusAtFirst: DiskSnapshot["status"] = "ready";
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  labelOf(name: string): string {
    return name;
  }

  async possibleFrom(_disks: readonly DiskRef[], signal: AbortSignal): Promise<Instant> {
    throwIfAborted(signal, "Asking when snapshots are possible");
    return this.notBefore ?? this.#clock.now();
  }

  async create(request: SnapshotRequest, signal: AbortSignal): Promise<void> {
    const what = `Taking snapshots of point ${request.point}`;
    throwIfAborted(signal, what);
    if (request.guestFlush && request.disks.some((disk) => "region" in disk)) {
      throw new HoldfastError("unsupported", { what, why: "regional disks have no guest flush" });
    }
    this.requests.push(request);
    for (const disk of request.disks) this.#createOne(request, disk, what);
  }

  #createOne(request: SnapshotRequest, { key: _, ...disk }: SnapshotRequest["disks"][number], what: string) {
    const bytes = this.known === undefined ? 10 * GIB : this.known.get(disk.name)?.bytes;
    if (bytes === undefined) {
      throw new HoldfastError("not-found", { what, why: `there is no disk ${disk.name}` });
    }
    const name = `${request.stack}-${request.job}-${disk.name}-${request.point.toLowerCase()}`;
    const { stack, job, point, tier, location } = request;
    const existing = this.all.get(name);
    if (existing !== undefined) {
      if (existing.ours?.point === point && existing.ours.stackLabel === stack) return;
      throw new HoldfastError("already-exists", { what, why: `there is a snapshot ${name} already` });
    }
    this.all.set(name, {
      ...{ name, id: String(++this.#made), disk, status: this.statusAtFirst, createdAt: this.#clock.now() },
      ...{ diskBytes: bytes, storageBytes: bytes / 10, locations: [location ?? "eu"], tier },
      ours: { stackLabel: stack, jobLabel: job, point, disks: request.disks.length, marks: {} },
      schedule: undefined,
    });
  }

  async awaitReady(
    set: PointOfJob & { disks: number },
    { timeout, signal }: { timeout: number; signal: AbortSignal },
  ): Promise<DiskSnapshot[]> {
    const what = `Waiting for the snapshots of point ${set.point}`;
    const end = this.#clock.monotonic() + timeout;
    for (;;) {
      throwIfAborted(signal, what);
      const found = this.#ofPoint(set);
      if (found.length !== set.disks || found.some(({ status }) => status === "failed")) {
        throw new HoldfastError("store", { what, why: "one of them has failed or is gone" });
      }
      if (found.every(({ status }) => status === "ready")) return found;
      if (this.#clock.monotonic() >= end)
        throw new HoldfastError("timeout", { what, why: "they are not ready yet" });
      await this.#clock.sleep(LOOK_EVERY, { signal }).catch(() => undefined);
    }
  }

  async mark(
    point: PointOfJob,
    marks: Readonly<Record<string, Instant | undefined>>,
    signal: AbortSignal,
  ): Promise<void> {
    const what = `Marking point ${point.point}`;
    throwIfAborted(signal, what);
    const found = this.#ofPoint(point);
    if (found.length === 0) throw new HoldfastError("not-found", { what, why: "it has no snapshots" });
    for (const { ours, ...snapshot } of found) {
      if (ours === undefined) continue;
      const all: Record<string, Instant | undefined> = { ...ours.marks, ...marks };
      const kept = SNAPSHOT_MARKS.flatMap((mark) => (all[mark] === undefined ? [] : [[mark, all[mark]]]));
      const next = Object.fromEntries(kept) as SnapshotMarks;
      this.all.set(snapshot.name, { ...snapshot, ours: { ...ours, marks: next } });
    }
  }

  async list(
    { stack, job }: { stack: string; job?: string | undefined },
    signal: AbortSignal,
  ): Promise<DiskSnapshot[]> {
    throwIfAborted(signal, "Listing snapshots");
    return [...this.all.values()].filter(
      ({ ours }) => ours?.stackLabel === stack && (job === undefined || ours.jobLabel === job),
    );
  }

  async listScheduled(
    { schedule, disks }: { schedule: string; disks?: readonly DiskRef[] | undefined },
    signal: AbortSignal,
  ): Promise<DiskSnapshot[]> {
    throwIfAborted(signal, "Listing snapshots");
    return [...this.all.values()].filter(
      (snapshot) =>
        snapshot.schedule === schedule &&
        (disks === undefined || disks.some(({ name }) => name === snapshot.disk.name)),
    );
  }

  async remove(point: PointOfJob, signal: AbortSignal): Promise<number> {
    const what = `Deleting point ${point.point}`;
    throwIfAborted(signal, what);
    const found = this.#ofPoint(point);
    const used = found.find(({ name }) => this.inUse.has(name));
    if (used !== undefined) {
      throw new HoldfastError("retained", { what, why: `the snapshot ${used.name} is in use` });
    }
    for (const { name } of found) this.all.delete(name);
    return found.length;
  }

  #ofPoint({ stack, job, point }: PointOfJob): DiskSnapshot[] {
    return [...this.all.values()].filter(
      ({ ours }) => ours?.stackLabel === stack && ours.jobLabel === job && ours.point === point,
    );
  }

  /** A snapshot made by a schedule of the provider, or by somebody by hand. */
  addForeign(snapshot: Partial<DiskSnapshot> & { disk: DiskRef }): DiskSnapshot {
    const name = `foreign-${++this.#made}-${toIso(this.#clock.now()).slice(0, 10)}`;
    const whole: DiskSnapshot = {
      ...{ name, id: String(this.#made), status: "ready", createdAt: this.#clock.now() },
      ...{ diskBytes: 10 * GIB, storageBytes: GIB, locations: ["eu"], tier: "standard", ours: undefined },
      ...{ schedule: undefined, ...snapshot },
    };
    this.all.set(whole.name, whole);
    return whole;
  }

  setStatus(name: string, status: DiskSnapshot["status"]): void {
    const snapshot = this.all.get(name);
    if (snapshot !== undefined) this.all.set(name, { ...snapshot, status });
  }
}

export function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw cancellation(signal, what);
}
