/** The contract of disks, of machines and of the cloud's own schedules. */
import { expect, it } from "vitest";
import { HOUR } from "../../src/domain/instant.ts";
import type { NewDisk, WantedSchedule } from "../../src/ports/snapshot-provider.ts";
import type { MadeProvider } from "./made-provider.ts";

const ZONE = "europe-north1-a";
const POINT = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a" };
const DATA = { zone: ZONE, name: "data-disk" };
const NEW = { zone: ZONE, name: "data-disk-restored" };
const MACHINE = { zone: ZONE, name: "vm-1" };
const GIB = 2 ** 30;
const NOW = new AbortController().signal;

export function describeCloudDisks(made: () => MadeProvider): void {
  const provider = () => made().provider;
  const snapshot = async () => {
    const { snapshots } = provider();
    await snapshots.create({ ...POINT, disks: [DATA], tier: "standard", guestFlush: false }, NOW);
    const [only] = await snapshots.awaitReady({ ...POINT, disks: 1 }, { timeout: HOUR, signal: NOW });
    return only?.name ?? "";
  };
  const request = (name: string, more: Partial<NewDisk> = {}): NewDisk => ({
    ...{ ...POINT, disk: NEW, snapshot: name, intention: "run-1", forDrill: false, ...more },
  });

  it("makes a disk of a snapshot, of its size or a larger one, and of a type", async () => {
    const name = await snapshot();
    expect(await provider().disks.create(request(name), NOW)).toMatchObject({
      disk: NEW,
      bytes: 10 * GIB,
      users: [],
    });
    const larger = { zone: ZONE, name: "larger" };
    const options = { disk: larger, bytes: 20 * GIB, type: "pd-ssd" };
    const created = await provider().disks.create(request(name, options), NOW);
    expect(created).toMatchObject({ disk: larger, bytes: 20 * GIB, type: "pd-ssd" });
    expect(await provider().disks.find(larger, NOW)).toEqual(created);
    expect(await provider().disks.find({ zone: ZONE, name: "no-such-disk" }, NOW)).toBeUndefined();
  });

  it("makes no second disk of one intention, and none by a name that is taken", async () => {
    const name = await snapshot();
    const first = await provider().disks.create(request(name), NOW);
    expect(await provider().disks.create(request(name), NOW)).toEqual(first);
    const other = provider().disks.create(request(name, { intention: "run-2" }), NOW);
    await expect(other).rejects.toMatchObject({ code: "already-exists" });
    const taken = provider().disks.create(request(name, { disk: DATA }), NOW);
    await expect(taken).rejects.toMatchObject({ code: "already-exists" });
  });

  it("makes none of a snapshot that is gone", async () => {
    const creating = provider().disks.create(request("no-such-snapshot"), NOW);
    await expect(creating).rejects.toMatchObject({ code: "not-found" });
  });

  it("attaches a disk and detaches it, and does what is done already as gladly", async () => {
    await provider().disks.create(request(await snapshot()), NOW);
    const attachment = { machine: MACHINE, disk: NEW, deviceName: "restored", readOnly: true };
    for (let turn = 0; turn < 2; turn++) await provider().disks.attach(attachment, NOW);
    const { disks } = await provider().machines.describe(MACHINE, NOW);
    expect(disks.filter(({ disk }) => disk.name === NEW.name)).toMatchObject([
      { disk: NEW, deviceName: "restored", readOnly: true, boot: false, bytes: 10 * GIB },
    ]);
    expect((await provider().disks.find(NEW, NOW))?.users).toEqual([MACHINE]);
    for (let turn = 0; turn < 2; turn++) await provider().disks.detach({ machine: MACHINE, disk: NEW }, NOW);
    expect((await provider().disks.find(NEW, NOW))?.users).toEqual([]);
  });

  it("takes no device name that another disk has, no disk from another machine, and no boot disk away", async () => {
    await provider().disks.create(request(await snapshot()), NOW);
    const attachment = { machine: MACHINE, disk: NEW, deviceName: "data", readOnly: false };
    await expect(provider().disks.attach(attachment, NOW)).rejects.toMatchObject({ code: "refused" });
    const twice = { ...attachment, disk: DATA, deviceName: "again" };
    await expect(provider().disks.attach(twice, NOW)).rejects.toMatchObject({ code: "refused" });
    const boot = { machine: MACHINE, disk: { zone: ZONE, name: "vm-1" } };
    await expect(provider().disks.detach(boot, NOW)).rejects.toMatchObject({ code: "refused" });
  });

  it("finds the disks of drills, and deletes these and no others", async () => {
    const name = await snapshot();
    const drilled = { zone: ZONE, name: "drilled" };
    await provider().disks.create(request(name), NOW);
    await provider().disks.create(request(name, { disk: drilled, forDrill: true }), NOW);
    const found = async (stack: string) =>
      (await provider().disks.drillDisks(stack, NOW)).map(({ disk }) => disk);
    expect(await found("analytics")).toEqual([drilled]);
    expect(await found("analytics-2")).toEqual([]);
    for (const disk of [NEW, DATA]) {
      const removing = provider().disks.removeDrillDisk(disk, "analytics", NOW);
      await expect(removing).rejects.toMatchObject({ code: "refused" });
    }
    const ofOther = provider().disks.removeDrillDisk(drilled, "analytics-2", NOW);
    await expect(ofOther).rejects.toMatchObject({ code: "refused" });
    const attachment = { machine: MACHINE, disk: drilled, deviceName: "drilled", readOnly: true };
    await provider().disks.attach(attachment, NOW);
    const removing = provider().disks.removeDrillDisk(drilled, "analytics", NOW);
    await expect(removing).rejects.toMatchObject({ code: "retained" });
    await provider().disks.detach({ machine: MACHINE, disk: drilled }, NOW);
    for (let turn = 0; turn < 2; turn++) await provider().disks.removeDrillDisk(drilled, "analytics", NOW);
    expect(await found("analytics")).toEqual([]);
    expect(await provider().disks.find(NEW, NOW)).toBeDefined();
  });

  it("describes a machine as one like it is made", async () => {
    expect(await provider().machines.describe(MACHINE, NOW)).toMatchObject({
      ...{ machine: MACHINE, machineType: "e2-standard-4", tags: ["http-server"] },
      disks: [
        { deviceName: "boot", boot: true },
        { disk: DATA, deviceName: "data", boot: false, readOnly: false },
      ],
    });
  });
}

export function describeSchedules(made: () => MadeProvider): void {
  const schedules = () => made().provider.schedules;
  const wanted: WantedSchedule = {
    ...{ name: "daily-backup", region: "europe-north1", dailyAt: "04:00", keepDays: 14 },
    ...{ afterDiskDelete: "keep", disks: [DATA] },
  };

  it("sets up a schedule, and has nothing to do then", async () => {
    const plan = await schedules().plan(wanted, NOW);
    expect(plan).toMatchObject({ change: "create", differences: [], attach: [DATA] });
    expect(await schedules().plan(wanted, NOW)).toEqual(plan);
    await schedules().apply(plan, NOW);
    expect(await schedules().plan(wanted, NOW)).toMatchObject({
      change: "none",
      differences: [],
      attach: [],
    });
    expect((await made().provider.disks.find(DATA, NOW))?.schedules).toEqual(["daily-backup"]);
    await schedules().apply(plan, NOW);
    expect(await schedules().plan(wanted, NOW)).toMatchObject({
      change: "none",
      differences: [],
      attach: [],
    });
  });

  it("tells what is not as wanted, and changes only that", async () => {
    await schedules().apply(await schedules().plan(wanted, NOW), NOW);
    const home = { zone: ZONE, name: "home-disk" };
    const longer = { ...wanted, keepDays: 30, disks: [DATA, home] };
    const plan = await schedules().plan(longer, NOW);
    expect(plan).toMatchObject({
      change: "update",
      differences: [{ is: "14", wanted: "30" }],
      attach: [home],
    });
    await schedules().apply(plan, NOW);
    expect(await schedules().plan(longer, NOW)).toMatchObject({ change: "none", attach: [] });
  });
}
