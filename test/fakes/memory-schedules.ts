/** The schedules of a cloud in memory. */
import type { DiskRef } from "../../src/domain/disk-snapshot.ts";
import type { SchedulePlan, SnapshotSchedules, WantedSchedule } from "../../src/ports/snapshot-provider.ts";
import type { MemoryDisks } from "./memory-disks.ts";

export class MemorySchedules implements SnapshotSchedules {
  readonly all = new Map<string, WantedSchedule>();
  readonly #disks: MemoryDisks;

  constructor(disks: MemoryDisks) {
    this.#disks = disks;
  }

  async plan(wanted: WantedSchedule, signal: AbortSignal): Promise<SchedulePlan> {
    const there = this.all.get(wanted.name);
    const attach: DiskRef[] = [];
    for (const disk of wanted.disks) {
      const found = await this.#disks.find(disk, signal);
      if (found?.schedules.includes(wanted.name) !== true) attach.push(disk);
    }
    const differences = there === undefined ? [] : differencesOf(there, wanted);
    const change = there === undefined ? "create" : differences.length > 0 ? "update" : "none";
    return { wanted, change, differences, attach, notes: [] };
  }

  async apply({ wanted, attach }: SchedulePlan, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.all.set(wanted.name, wanted);
    for (const disk of attach) {
      const found = await this.#disks.find(disk, signal);
      this.#disks.setSchedules(disk, [...(found?.schedules ?? []), wanted.name]);
    }
  }
}

function differencesOf(is: WantedSchedule, wanted: WantedSchedule): SchedulePlan["differences"] {
  return (["dailyAt", "keepDays", "afterDiskDelete"] as const).flatMap((what) =>
    is[what] === wanted[what] ? [] : [{ what, is: String(is[what]), wanted: String(wanted[what]) }],
  );
}
