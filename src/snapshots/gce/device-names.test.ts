import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { deviceNamesBehind, deviceNamesOf } from "./device-names.ts";

const WHAT = "Looking for the disk";
let root: string;

beforeEach(() => {
  root = temporaryDirectory();
});

async function file(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content, "latin1");
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}

/** A disk of the kernel's, by its number and with one partition. */
async function disk(name: string, device: string, { partition = "8:99" } = {}): Promise<void> {
  await file(`sys/devices/${name}/dev`, `${device}\n`);
  await mkdir(join(root, `sys/devices/${name}/slaves`), { recursive: true });
  await file(`sys/devices/${name}/${name}1/partition`, "1\n");
  await link(`sys/dev/block/${device}`, `../../devices/${name}`);
  await link(`sys/dev/block/${partition}`, `../../devices/${name}/${name}1`);
}

const identification = (name: string) =>
  `\0\x83\0\x30\x02\x01\0\x2cGoogle  PersistentDisk  ${name}\0\0\x01\x03`;
const names = async (device: string) => deviceNamesOf(device, { what: WHAT, root });

describe("the device name of a disk", () => {
  it("is that of the links that udev makes", async () => {
    await disk("sdb", "8:16");
    await link("dev/disk/by-id/scsi-0Google_PersistentDisk_data", "../../sdb");
    await link("dev/disk/by-id/google-data", "../../sdb");
    await link("dev/disk/by-id/google-data-part1", "../../sdb1");
    expect(await names("8:16")).toEqual(["data"]);
  });

  it("is what udev keeps of it, for a container that sees no links", async () => {
    await disk("nvme0n2", "259:4");
    await file(
      "run/udev/data/b259:4",
      "S:disk/by-id/nvme-x\nS:disk/by-id/google-home.disk\nE:ID_MODEL=nvme_card-pd\n",
    );
    expect(await names("259:4")).toEqual(["home.disk"]);
  });

  it("is what the disk says of itself, also of a partition of it", async () => {
    await disk("sdb", "8:16", { partition: "8:17" });
    await file("sys/devices/sdb/device/vpd_pg83", identification("persistent-disk-1"));
    expect(await names("8:17")).toEqual(["persistent-disk-1"]);
  });

  it("is each of those that a mapped device is made of", async () => {
    await disk("sdb", "8:16");
    await disk("sdc", "8:32", { partition: "8:33" });
    await file("sys/devices/sdb/device/vpd_pg83", identification("data"));
    await file("sys/devices/sdc/device/vpd_pg83", identification("more"));
    await file("sys/devices/dm-0/dev", "253:0\n");
    await link("sys/devices/dm-0/slaves/sdb", "../../sdb");
    await link("sys/devices/dm-0/slaves/sdc1", "../../sdc/sdc1");
    await link("sys/dev/block/253:0", "../../devices/dm-0");
    expect(await names("253:0")).toEqual(["data", "more"]);
  });

  it("is not guessed", async () => {
    await disk("sdb", "8:16");
    await disk("sdc", "8:32", { partition: "8:33" });
    await file("sys/devices/sdc/device/vpd_pg83", identification("more"));
    await expect(names("8:16")).rejects.toThrow(
      "nothing tells by which name the disk sdb is attached; name the disk.",
    );
    await expect(names("0:52")).rejects.toMatchObject({ code: "refused" });
    const behind = deviceNamesBehind(join(root, "missing"), { what: WHAT, root });
    await expect(behind).rejects.toMatchObject({ code: "not-found" });
    await expect(deviceNamesBehind(root, { what: WHAT, root })).rejects.toMatchObject({ code: "refused" });
  });
});
