import { beforeEach, describe, expect, it } from "vitest";
import { HastyClock } from "../../../test/fakes/hasty-clock.ts";
import { MemoryHost } from "../../../test/fakes/memory-host.ts";
import { MemorySnapshotProvider } from "../../../test/fakes/memory-snapshot-provider.ts";
import type { DiskSwap } from "../../domain/disk-swap.ts";
import { swapBack, swapForward } from "./carry-out-swap.ts";

const ZONE = "europe-north1-a";
const MOUNT = {
  ...{ source: "/dev/disk/by-id/google-data", at: "/mnt/data" },
  ...{ type: "ext4", options: "rw,relatime,discard" },
};
const SWAP: DiskSwap = {
  ...{ machine: { zone: ZONE, name: "vm-1" }, deviceName: "data", readOnly: false, mount: MOUNT },
  ...{ old: { zone: ZONE, name: "data-disk" }, fresh: { zone: ZONE, name: "data-new" } },
};
const { signal } = new AbortController();

let cloud: MemorySnapshotProvider;
let host: MemoryHost;
let changes: string[];
/** The change that does not come to pass: whoever makes it is killed, or refused. */
let failsAt: number;

beforeEach(async () => {
  const clock = new HastyClock();
  cloud = new MemorySnapshotProvider(clock);
  for (const disk of [SWAP.old, SWAP.fresh]) cloud.disks.add(disk);
  await cloud.disks.attach({ ...SWAP, disk: SWAP.old }, signal);
  host = new MemoryHost(() => cloud.machines.attachments(SWAP.machine));
  await host.mount(MOUNT);
  changes = [];
  failsAt = Infinity;
  host.beforeChange = record;
  for (const change of ["attach", "detach"] as const) {
    const done = cloud.disks[change].bind(cloud.disks);
    cloud.disks[change] = async (request, until) => {
      record(`${change} ${request.disk.name}`);
      await done(request as never, until);
    };
  }
});

function record(change: string): void {
  if (changes.length === failsAt) throw new Error(`killed before: ${change}`);
  changes.push(change);
}

const context = () => ({ cloud, host, clock: new HastyClock(), signal });
const state = () => ({
  attached: cloud.machines.attachments(SWAP.machine).map(({ disk, deviceName }) => [disk.name, deviceName]),
  mounted: host.mounts.map(({ disk, mount }) => [disk, mount]),
});
const OLD = { attached: [["data-disk", "data"]], mounted: [["data-disk", MOUNT]] };
const NEW = { attached: [["data-new", "data"]], mounted: [["data-new", MOUNT]] };

describe("A swap of disks", () => {
  it("unmounts, detaches, attaches under the same device name, and mounts as it was, in this order", async () => {
    await swapForward(SWAP, context());
    expect(changes).toEqual([
      ...["unmount /mnt/data", "detach data-disk"],
      ...["attach data-new", "mount /mnt/data"],
    ]);
    expect(state()).toEqual(NEW);
  });

  it("is undone wholly wherever it was ended, and wherever its undoing was, too", async () => {
    for (let ended = 0; ended <= 4; ended++) {
      for (let again = 0; again <= 4; again++) {
        [changes, failsAt] = [[], ended];
        await swapForward(SWAP, context()).catch(() => undefined);
        [changes, failsAt] = [[], again];
        await swapBack(SWAP, context()).catch(() => undefined);
        [changes, failsAt] = [[], Infinity];
        await swapBack(SWAP, context());
        expect(state(), `ended after ${ended}, and back after ${again}`).toEqual(OLD);
      }
    }
  });

  it("has nothing to undo where nothing was done", async () => {
    await swapBack(SWAP, context());
    expect(changes).toEqual(["attach data-disk"]);
    expect(state()).toEqual(OLD);
  });

  it("waits for what a killed one has asked for before it undoes that", async () => {
    cloud.machines.awaitQuiet = async () => {
      host.mounts.length = 0;
      await cloud.disks.detach({ machine: SWAP.machine, disk: SWAP.old }, signal);
    };
    await swapBack(SWAP, context());
    expect(state()).toEqual(OLD);
  });

  it.each([
    [
      "a process",
      () => host.users.push({ pid: 7, command: "vim", container: undefined }),
      "vim (process 7) uses it",
    ],
    ["another mount", () => host.mounts.push({ disk: "data-disk", mount: { ...MOUNT, at: "/b" } }), "alone"],
    ["nothing mounted", () => (host.mounts.length = 0), "is not mounted on /mnt/data alone any more"],
    ["another disk", () => (cloud.machines.attachments(SWAP.machine).length = 0), "is not attached as data"],
  ])("changes nothing where there is meanwhile %s", async (_, come, why) => {
    come();
    const before = state();
    await expect(swapForward(SWAP, context())).rejects.toThrow(why);
    expect(state()).toEqual(before);
    expect(changes).toEqual([]);
  });

  it("gives up on a machine that does not see the disk, and says so", async () => {
    const look = host.look.bind(host);
    host.look = async (name) => (changes.includes("attach data-new") ? undefined : look(name));
    const clock = new HastyClock();
    let now = 0;
    clock.monotonic = () => (now += 1000);
    await expect(swapForward(SWAP, { ...context(), clock })).rejects.toThrow(
      "there is no /dev/disk/by-id/google-data after 2 min",
    );
  });
});
