import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { ProcHostMounts, type Ended } from "./proc-host-mounts.ts";

const CONTAINER = "c".repeat(64);
const { signal } = new AbortController();

let root: string;
let ended: Ended;
let commands: string[];

/** A machine with the disk sdb, attached as `data`; our container has the process 20, whose parent 10 is of the machine. */
beforeEach(() => {
  root = temporaryDirectory();
  [ended, commands] = [{ exitCode: 0, stderr: "" }, []];
  for (const [name, number] of [
    ["sdb", "8:16"],
    ["sdb/sdb1", "8:17"],
  ]) {
    write(`sys/devices/block/${name}/dev`, `${number}\n`);
  }
  link("../../devices/block/sdb", "sys/class/block/sdb");
  link("../../devices/block/sdb/sdb1", "sys/class/block/sdb1");
  link("../../sdb", "proc/10/root/dev/disk/by-id/google-data");
  process(10, { namespace: "host", table: HOST });
  process(20, { namespace: "ours", parent: 10, container: "d".repeat(64) });
  symlinkSync("20", join(root, "proc/self"));
});

const HOST = [
  "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw",
  "30 1 8:17 / /mnt/my\\040data rw,noatime shared:7 - ext4 /dev/sdb1 rw,seclabel,discard",
];

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function link(to: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(to, join(root, path));
}

interface Shown {
  namespace: string;
  table?: string[];
  parent?: number;
  container?: string;
}

function process(pid: number, { namespace, table = [], parent = 1, container }: Shown): void {
  link(`mnt:[${namespace}]`, `proc/${pid}/ns/mnt`);
  write(`proc/${pid}/mountinfo`, `${table.join("\n")}\n`);
  write(`proc/${pid}/status`, `Name:\tx\nPPid:\t${parent}\n`);
  write(`proc/${pid}/comm`, `program-${pid}\n`);
  write(`proc/${pid}/cgroup`, container === undefined ? "0::/\n" : `0::/../docker-${container}.scope\n`);
}

const host = () =>
  new ProcHostMounts({
    ...{ proc: join(root, "proc"), sys: join(root, "sys") },
    run: async (command) => {
      commands.push(command.join(" ").replace(root, ""));
      return ended;
    },
  });

describe("The machine's mounts", () => {
  it("are found by the disk's device name, its partitions too", async () => {
    expect(await host().look("data")).toEqual({
      mounts: [
        {
          ...{ source: "/dev/disk/by-id/google-data-part1", at: "/mnt/my data", type: "ext4", root: "/" },
          options: "rw,noatime,discard",
        },
      ],
      ...{ users: [], madeOfIt: [], holdsEngine: false },
    });
    expect(await host().look("other")).toBeUndefined();
  });

  it("tell what is made of the disk, and whether the engine of our own container is on it", async () => {
    write("sys/devices/block/sdb/sdb1/holders/dm-3", "");
    write("proc/20/mountinfo", "5 4 8:17 /docker/x/hosts /etc/hosts rw - ext4 /dev/sdb1 rw\n");
    expect(await host().look("data")).toMatchObject({ madeOfIt: ["dm-3"], holdsEngine: true });
  });

  it("count a container that has it mounted for itself as one user, whatever the number of its processes", async () => {
    const table = ["90 80 8:17 /sub /data rw master:7 - ext4 /dev/sdb1 rw"];
    for (const pid of [40, 41]) process(pid, { namespace: "app", table, container: CONTAINER });
    process(50, { namespace: "apart", table: ["91 1 8:1 / / rw - ext4 /dev/root rw"] });
    const users = (await host().look("data"))?.users;
    expect(users).toEqual([{ pid: 40, command: "program-40", container: CONTAINER }]);
  });

  it("leave out who only sees them where they are, and sees them go", async () => {
    const table = [
      "60 1 8:1 / / rw master:1 - ext4 /dev/root rw",
      "61 60 8:17 / /mnt/my\\040data rw master:7 - ext4 /dev/sdb1 rw",
    ];
    process(60, { namespace: "private-tmp", table });
    expect((await host().look("data"))?.users).toEqual([]);
  });

  it("are unmounted and mounted in the namespace of whatever runs our container", async () => {
    const mount = {
      source: "/dev/disk/by-id/google-data",
      at: "/mnt/a b",
      type: "xfs",
      options: "rw,noatime",
    };
    await host().unmount("/mnt/a b", signal);
    await host().mount(mount, signal);
    expect(commands).toEqual([
      "nsenter --mount=/proc/10/ns/mnt -- umount -- /mnt/a b",
      "nsenter --mount=/proc/10/ns/mnt -- mount -t xfs -o rw,noatime -- /dev/disk/by-id/google-data /mnt/a b",
    ]);
  });

  it("say why they cannot be changed", async () => {
    ended = { exitCode: 32, stderr: "umount: /mnt/data: target is busy.\n" };
    const unmounting = host().unmount("/mnt/data", signal);
    await expect(unmounting).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("fuser") as string,
    });
  });

  it("cannot be reached by a container that does not see the machine's processes", async () => {
    write("proc/20/status", "PPid:\t0\n");
    await expect(host().look("data")).rejects.toThrow("does not see the machine's processes; let the engine");
  });
});
