import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { MemorySnapshotProvider } from "../../../test/fakes/memory-snapshot-provider.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { DiskUser, HostDisk } from "../../ports/host-mounts.ts";
import { examineInCloud, examineMounts, type SwapQuestion } from "./examine-swap.ts";
import { servicesOnDisk } from "./services-on-disk.ts";

const ZONE = "europe-north1-a";
const OLD = { zone: ZONE, name: "data-disk" };
const VM = { zone: ZONE, name: "vm-1" };
const { signal } = new AbortController();
const MOUNTED = {
  ...{ source: "/dev/disk/by-id/google-data", at: "/mnt/data", type: "ext4", options: "rw,discard" },
  root: "/",
};
const HOST_DISK: HostDisk = { mounts: [MOUNTED], users: [], madeOfIt: [], holdsEngine: false };
const IN_CLOUD = {
  ...{ machine: VM, deviceName: "data", readOnly: false, project: "acme" },
  ...{ old: OLD, fresh: { zone: ZONE, name: "data-new" } },
};

async function cloudOf(change: (cloud: MemorySnapshotProvider) => unknown = () => undefined) {
  const cloud = new MemorySnapshotProvider(new FakeClock());
  cloud.machines.own = { project: "acme", ...VM };
  cloud.disks.add(OLD);
  await cloud.disks.attach({ machine: VM, disk: OLD, deviceName: "data", readOnly: false }, signal);
  await change(cloud);
  return cloud;
}

const question = (cloud: MemorySnapshotProvider, more: Partial<SwapQuestion> = {}): SwapQuestion => ({
  ...{ old: OLD, name: "data-new", hasRawKey: false, cloud, project: undefined, signal, ...more },
});

describe("A swap", () => {
  it("is of the disk that is attached to this very machine, in its place", async () => {
    expect(await examineInCloud(question(await cloudOf()))).toEqual(IN_CLOUD);
    expect(examineMounts(IN_CLOUD, HOST_DISK)).toEqual({
      ...{ source: MOUNTED.source, at: "/mnt/data", type: "ext4", options: "rw,discard" },
    });
  });

  it.each<[string, (cloud: MemorySnapshotProvider) => unknown, Partial<SwapQuestion>, string]>([
    [
      "off Google's machines",
      (cloud) => (cloud.machines.own = undefined),
      {},
      "this is no machine of Google Cloud",
    ],
    [
      "on another machine",
      (cloud) => (cloud.machines.own!.name = "vm-2"),
      {},
      "not attached to this machine, vm-2",
    ],
    [
      "in another project",
      () => 0,
      { project: "other" },
      "it is in the project other, and this machine in acme",
    ],
    ["of a regional disk", () => 0, { old: { region: "europe-north1", name: "d" } }, "it is a regional disk"],
    ["with a key of one's own", () => 0, { hasRawKey: true }, "encrypted by a key of your own"],
    ["by the same name", () => 0, { name: "data-disk" }, "the new disk has the name of the old one"],
    ["of the boot disk", (cloud) => (cloud.machines.attachments(VM)[0]!.boot = true), {}, "booted from it"],
    [
      "of a disk of several machines",
      (cloud) => cloud.disks.add(OLD, { users: [VM, { zone: ZONE, name: "vm-2" }] }),
      {},
      "it is attached to vm-2, too",
    ],
  ])("is refused %s", async (_, change, more, why) => {
    const cloud = await cloudOf(change);
    const examined = examineInCloud(question(cloud, more));
    await expect(examined).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(why) as string,
    });
  });

  it.each<[string, HostDisk | undefined, string]>([
    ["that the machine does not see", undefined, "has no /dev/disk/by-id/google-data"],
    ["that is not mounted", { ...HOST_DISK, mounts: [] }, "it is not mounted"],
    [
      "that is mounted twice",
      { ...HOST_DISK, mounts: [MOUNTED, { ...MOUNTED, at: "/b" }] },
      "mounted more than once: /mnt/data, /b",
    ],
    ["of which a part is mounted", { ...HOST_DISK, mounts: [{ ...MOUNTED, root: "/x" }] }, "only /x of it"],
    [
      "of another file system",
      { ...HOST_DISK, mounts: [{ ...MOUNTED, type: "btrfs" }] },
      "its file system is btrfs",
    ],
    ["below a volume manager", { ...HOST_DISK, madeOfIt: ["dm-0"] }, "dm-0 is made of it"],
    ["of the engine", { ...HOST_DISK, holdsEngine: true }, "the container engine keeps its files on it"],
  ])("is refused for a disk %s", (_, disk, why) => {
    expect(() => examineMounts(IN_CLOUD, disk)).toThrow(why);
  });
});

describe("What uses the disk", () => {
  const bind = (source: string): ContainerMount => ({
    ...{ kind: "bind", volume: undefined, source, destination: "/data", writable: true },
  });

  async function services(change: (engine: MemoryEngine) => DiskUser[]) {
    const runtime = new MemoryEngine();
    runtime.own = runtime.addService({ service: "backup" });
    const users = change(runtime);
    const own = (await runtime.ownContainer())!;
    const { project: _, ...known } = IN_CLOUD;
    const swap = { ...known, mount: examineMounts(IN_CLOUD, HOST_DISK) };
    return servicesOnDisk({ swap, disk: { ...HOST_DISK, users }, own, runtime, signal });
  }
  const by = (container: string | undefined): DiskUser => ({ pid: 7, command: "node", container });

  it("is stopped where it is a service of the stack, by its processes or by its mounts", async () => {
    const found = services((engine) => {
      engine.addService({ service: "restarting", state: "restarting", mounts: [bind("/mnt/data/x")] });
      engine.addService({ service: "ended", state: "exited", mounts: [bind("/mnt/data")] });
      engine.addService({ service: "apart", mounts: [bind("/mnt/database")] });
      return [by(engine.addService({ service: "app" }))];
    });
    expect(await found).toEqual(["app", "restarting"]);
  });

  it.each<[string, (engine: MemoryEngine) => DiskUser[], string]>([
    ["of the machine", () => [by(undefined)], "node (process 7) of the machine uses it"],
    [
      "of another stack",
      (e) => [by(e.addService({ service: "app", project: "other" }))],
      "other-app-1, which is of no service",
    ],
    [
      "of a single command",
      (e) => [by(e.addService({ service: "app", oneOff: true }))],
      "which is of no service",
    ],
    [
      "of another engine",
      () => [by("a".repeat(64))],
      "container aaaaaaaaaaaa, which this engine does not know",
    ],
    ["of Holdfast itself", (e) => [by(e.own)], "Holdfast's own container has it mounted"],
  ])("is not touched where it is %s", async (_, change, why) => {
    await expect(services(change)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(why) as string,
    });
  });
});
