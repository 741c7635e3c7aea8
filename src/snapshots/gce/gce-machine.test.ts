import { mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gceProvider } from "../../../test/fakes/gce/gce-provider.ts";
import { metadata } from "../../../test/fakes/gce/metadata-server.ts";
import { ZONE } from "../../../test/fakes/gce/stand-in.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const NOW = new AbortController().signal;

const NOWHERE = { GCE_METADATA_HOST: "127.0.0.1:1" };

describe("this machine", () => {
  it("is what the metadata server says, which no proxy is asked for", async () => {
    const env = { ...(await metadata()), HTTP_PROXY: "http://127.0.0.1:1" };
    const { provider } = await gceProvider({ around: { env } });
    expect(await provider.machines.self(NOW)).toEqual({ project: "acme", zone: ZONE, name: "vm-1" });
  });

  it("is none of Google's where nobody answers, or somebody else", async () => {
    for (const env of [NOWHERE, await metadata({ flavor: "Other" })]) {
      const { provider } = await gceProvider({ around: { env } });
      expect(await provider.machines.self(NOW)).toBeUndefined();
      const behind = provider.machines.disksBehind("/", NOW);
      await expect(behind).rejects.toThrow(
        "this is no machine of Google Cloud; name the disk, its project and its zone.",
      );
    }
  });

  it("tells the project where none is named", async () => {
    const named = { options: { project: undefined }, around: { env: await metadata() } };
    const { provider } = await gceProvider(named);
    expect(await provider.snapshots.list({ stack: "analytics" }, NOW)).toEqual([]);
    const lost = await gceProvider({ options: { project: undefined }, around: { env: NOWHERE } });
    const listing = lost.provider.snapshots.list({ stack: "analytics" }, NOW);
    await expect(listing).rejects.toThrow(
      "none is named, and this is no machine of Google Cloud; set `project`.",
    );
  });

  it("tells which of its disks a path is on", async () => {
    const root = temporaryDirectory();
    const { dev } = await stat(root);
    // Of the file system that the test is on, as if it were on a disk of the machine.
    const device = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
    const sdb = join(root, "sys/devices/sdb");
    await mkdir(join(sdb, "device"), { recursive: true });
    await mkdir(join(root, "sys/dev/block"), { recursive: true });
    await writeFile(join(sdb, "dev"), device);
    await writeFile(join(sdb, "device/vpd_pg83"), "Google  PersistentDisk  data\0", "latin1");
    await symlink(sdb, join(root, "sys/dev/block", device));
    const { provider } = await gceProvider({ around: { env: await metadata(), root } });
    expect(await provider.machines.disksBehind(root, NOW)).toMatchObject([
      { disk: { zone: ZONE, name: "data-disk" }, deviceName: "data" },
    ]);
    await writeFile(join(sdb, "device/vpd_pg83"), "Google  PersistentDisk  other\0", "latin1");
    await expect(provider.machines.disksBehind(root, NOW)).rejects.toThrow("no persistent disk of vm-1");
  });
});

describe("a machine", () => {
  it("tells the image that it was made of, and how it is reached", async () => {
    const { provider, compute } = await gceProvider();
    const path = `zones/${ZONE}/disks/vm-1`;
    const image = "projects/debian-cloud/global/images/debian-12-bookworm-v20260101";
    compute.project.disk(path)["sourceImage"] = `https://www.googleapis.com/compute/v1/${image}`;
    Object.assign(compute.disks.instance(`zones/${ZONE}/instances/vm-1`), {
      networkInterfaces: [
        {
          ...{
            name: "nic0",
            network: `${compute.project.base}/global/networks/default`,
            networkIP: "10.0.0.2",
          },
          accessConfigs: [{ name: "External NAT", type: "ONE_TO_ONE_NAT", natIP: "192.0.2.7" }],
        },
      ],
      serviceAccounts: [{ email: "vm@acme.iam.gserviceaccount.com", scopes: ["cloud-platform"] }],
    });
    expect(await provider.machines.describe({ zone: ZONE, name: "vm-1" }, NOW)).toMatchObject({
      image,
      networks: [{ network: "default", internalIp: "10.0.0.2", externalIp: "192.0.2.7" }],
      serviceAccounts: [{ email: "vm@acme.iam.gserviceaccount.com", scopes: ["cloud-platform"] }],
    });
  });
});

describe("what is missing", () => {
  const disks = [{ zone: ZONE, name: "data-disk" }];

  it("is nothing where every permission is there", async () => {
    const { provider } = await gceProvider();
    const uses = ["backup", "prune", "observe", "restore", "drill", "schedule"] as const;
    expect(await provider.inspect({ uses, disks }, NOW)).toEqual({ missing: [], unknown: [] });
  });

  it("is named exactly, with what it is for, and changes nothing", async () => {
    const { provider, compute } = await gceProvider();
    const lacking = ["compute.disks.createSnapshot", "compute.snapshots.delete", "compute.disks.delete"];
    for (const permission of lacking) compute.api.lacks.add(permission);
    const { missing } = await provider.inspect({ uses: ["backup", "prune"], disks }, NOW);
    expect(missing).toEqual([
      { permission: lacking[0], on: `the disk data-disk in ${ZONE}`, uses: ["backup"] },
      { permission: lacking[1], on: "the project acme", uses: ["prune"] },
    ]);
    expect(compute.calls.every(({ method }) => method.endsWith("testIamPermissions"))).toBe(true);
  });

  it("is unknown where nobody says", async () => {
    const { provider, compute } = await gceProvider();
    const message = "Cloud Resource Manager API has not been used in project 1 before or it is disabled.";
    const refusal = { kind: "refuse", status: 403, reason: "forbidden", message } as const;
    compute.faults.inject("projects.testIamPermissions", refusal);
    const { missing, unknown } = await provider.inspect({ uses: ["backup"], disks }, NOW);
    expect(missing).toEqual([]);
    expect(unknown).toMatchObject([expect.stringContaining("on the project acme could not be found out")]);
  });

  it("covers every permission that the API asks for on the way", async () => {
    const { provider, compute } = await gceProvider();
    compute.api.lacksAll = true;
    const { missing } = await provider.inspect({ uses: ["backup", "prune"], disks }, NOW);
    compute.api.lacksAll = false;
    const needed = new Set<string>();
    compute.api.onPermission = (permission) => void needed.add(permission);
    const point = { stack: "analytics", job: "disk", point: "20261120T030000Z-7f3a" };
    await provider.snapshots.create({ ...point, disks, tier: "standard", guestFlush: false }, NOW);
    await provider.snapshots.awaitReady({ ...point, disks: 1 }, { timeout: 60_000, signal: NOW });
    await provider.snapshots.mark(point, { committed: 0 }, NOW);
    await provider.snapshots.remove(point, NOW);
    const named = missing.map(({ permission }) => permission);
    expect([...needed].filter((permission) => !named.includes(permission))).toEqual([]);
  });
});
