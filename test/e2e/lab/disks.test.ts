/** Disks of this machine, with a stand-in for the cloud that attaches them: swapped under services that run. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FakeCompute } from "../../fakes/gce/fake-compute.ts";
import { startMetadata, type FakeMetadata } from "../../fakes/gce/metadata-server.ts";
import { ZONE } from "../../fakes/gce/stand-in.ts";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { LoopDisks } from "./loop-disk.ts";

/** The app ends when what its disk holds is bad. The sidecar has the machine's network, in which the cloud is. */
const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sh, -c, "grep -q bad /data/content && exit 1; exec sleep infinity"]
    volumes: ["\${MOUNT_POINT}:/data"]
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    network_mode: host
    environment: { GCE_METADATA_HOST: "\${METADATA}" }
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    volumes:
      - ./config:/etc/holdfast:ro
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
  keeper:
    image: \${HOLDFAST_IMAGE}
    profiles: [frozen]
    init: true
    network_mode: host
    environment: { GCE_METADATA_HOST: "\${METADATA}" }
    entrypoint: [sleep, infinity]
    healthcheck: { test: ["CMD", "true"], interval: 1s, timeout: 60s, retries: 30 }
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    tmpfs: [/tmp]
    volumes:
      - ./config:/etc/holdfast:ro
      - keeper_state:/var/lib/holdfast
      - "\${MOUNT_POINT}:/source/data:ro"
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes:
  state:
  keeper_state:
`;

const VM = `zones/${ZONE}/instances/vm-1`;

describeInLab("disks of this machine", (lab) => {
  let directory: string;
  let disks: LoopDisks;
  let compute: FakeCompute;
  let metadata: FakeMetadata;
  let stack: ComposeStack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    disks = new LoopDisks(directory);
    await disks.make("data-disk", "old");
    compute = await FakeCompute.start(() => Date.now());
    metadata = await startMetadata();
    compute.project.addDisk(`zones/${ZONE}/disks/data-disk`);
    compute.disks.addInstance(ZONE, "vm-1");
    compute.disks.onDevice = (_, name) => disks.link(name);
    compute.disks.putIn(VM, `zones/${ZONE}/disks/data-disk`, { deviceName: disks.deviceName });
    await disks.mount("data-disk", "noatime");
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await writeFile(join(directory, "config/holdfast.yml"), config());
    const env = {
      ...{ ENGINE_SOCKET: lab.host.slice("unix://".length), MOUNT_POINT: disks.mountPoint },
      METADATA: metadata.address,
    };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
    const backup = await stack.holdfast("backup", "disk");
    expect(backup.exitCode, backup.stderr).toBe(0);
  });

  afterAll(async () => {
    // What is of a profile, the end of the rest leaves.
    await stack.compose("--profile", "frozen", "down", "--timeout", "0");
    await stack.remove();
    await disks.remove();
    await compute.close();
    metadata.close();
    await rm(directory, { recursive: true, force: true });
    expect(compute.violations).toEqual([]);
  });

  const config = () => `
jobs:
  disk:
    source: { kind: gce-disk, project: acme, endpoint: "${compute.url}", zone: ${ZONE}, disk: data-disk }
    quiesce: { healthTimeout: 4s }
  frozen:
    source: { kind: gce-disk, project: acme, endpoint: "${compute.url}", zone: ${ZONE}, disk: data-new, freeze: /source/data }
    quiesce: { pause: [app] }
    retry: { attempts: 1 }
  own:
    source: { kind: gce-disk, project: acme, endpoint: "${compute.url}", zone: ${ZONE}, disk: data-new, freeze: /var/lib/holdfast }
    retry: { attempts: 1 }
http: { listen: "127.0.0.1:9219" }
guard: { after: 2s }
`;
  const replace = (name: string, ...more: string[]) =>
    stack.holdfast("restore", "disk", "--to-disk", name, "--replace", ...more);
  const app = async () => {
    const id = (await stack.compose("ps", "--all", "--quiet", "app")).trim();
    return (await docker(lab, "inspect", "--format", "{{.State.Status}}", id)).trim();
  };
  const seen = () => stack.compose("exec", "-T", "app", "cat", "/data/content");
  const attached = () =>
    (compute.disks.instance(VM)["disks"] as { source: string }[]).map(({ source }) =>
      source.split("/").at(-1),
    );
  const ours = async (part: string) =>
    (
      await docker(lab, "ps", "--all", "--quiet", "--filter", `name=${stack.project}-holdfast-${part}`)
    ).trim();

  it("are swapped by these commands, if by hand", async () => {
    const { exitCode, stdout, stderr } = await replace("data-new", "--dry-run");
    expect(exitCode, stderr).toBe(0);
    const [snapshot = ""] = compute.project.snapshots.keys();
    const told = stdout
      .replaceAll(snapshot, "SNAPSHOT")
      .replaceAll(disks.deviceName, "DEVICE")
      .replaceAll(disks.mountPoint, "/MOUNT")
      .replaceAll(stack.project, "STACK");
    expect(told).toMatchInlineSnapshot(`
      "gcloud compute disks create data-new --project=acme --zone=europe-north1-a --source-snapshot=SNAPSHOT
      docker compose --project-name STACK stop app
      sudo umount /MOUNT
      gcloud compute instances detach-disk vm-1 --project=acme --zone=europe-north1-a --disk=data-disk
      gcloud compute instances attach-disk vm-1 --project=acme --zone=europe-north1-a --disk=data-new --device-name=DEVICE
      sudo mount -t ext4 -o rw,noatime /dev/disk/by-id/google-DEVICE /MOUNT
      docker compose --project-name STACK start app
      "
    `);
    expect(attached()).toEqual(["data-disk"]);
  });

  it("are put back when the services do not work on the new one", async () => {
    await disks.make("data-bad", "bad");
    const { exitCode, stderr } = await replace("data-bad", "--yes");
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toMatch(/Checking the services on data-bad failed: \S+-app-1 was exited/);
    expect(stderr).toContain(`data-disk is mounted on ${disks.mountPoint} again and its services run`);
    expect(attached()).toEqual(["data-disk"]);
    expect(await disks.mounted()).toEqual({ disk: "data-disk", options: "rw,noatime" });
    expect(await seen()).toBe("old\n");
  });

  it("are put back by the guard when all that swapped them is gone halfway", async () => {
    await disks.make("data-lost", "restored");
    compute.faults.inject("instances.attachDisk", { kind: "hang" });
    const command = replace("data-lost", "--yes");
    await waitUntil("neither is attached", () => attached().length === 0, 60_000);
    await docker(lab, "rm", "--force", (await stack.compose("ps", "--quiet", "backup")).trim());
    await docker(lab, "kill", await ours("swap"));
    await command;
    expect(await app()).toBe("exited");
    await waitUntil("the app runs", async () => (await app()) === "running", 120_000);
    expect(attached()).toEqual(["data-disk"]);
    expect(await disks.mounted()).toEqual({ disk: "data-disk", options: "rw,noatime" });
    expect(await seen()).toBe("old\n");
    await waitUntil("the guard has gone", async () => (await ours("")) === "", 60_000);
    await stack.up();
  });

  it("are swapped under the services, mounted as the old one was, which stays as it was", async () => {
    await disks.make("data-new", "restored");
    const { exitCode, stdout, stderr } = await replace("data-new", "--yes");
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`data-new is mounted on ${disks.mountPoint} in the place of data-disk`);
    expect(stdout).toContain(`gcloud compute disks delete data-disk --project=acme --zone=${ZONE}`);
    expect(attached()).toEqual(["data-new"]);
    expect(await disks.mounted()).toEqual({ disk: "data-new", options: "rw,noatime" });
    expect(await seen()).toBe("restored\n");
    expect(compute.disks.deleted).toEqual([]);
    expect(await ours("")).toBe("");
  });

  const keeper = (...args: string[]) =>
    stack.tryCompose("--profile", "frozen", "exec", "-T", "keeper", "holdfast", ...args);
  const upKeeper = () => stack.compose("--profile", "frozen", "up", "--detach", "--wait", "keeper");
  const askedFrozen = () => {
    const seenFrozen: boolean[] = [];
    compute.faults.decide = (method) => {
      if (method === "disks.createSnapshot") seenFrozen.push(disks.isFrozen());
      return undefined;
    };
    return seenFrozen;
  };

  it("are frozen while their snapshots are begun, and for no longer", async () => {
    await upKeeper();
    const seenFrozen = askedFrozen();
    const { exitCode, stderr } = await keeper("backup", "frozen");
    expect(exitCode, stderr).toBe(0);
    expect(seenFrozen).toEqual([true]);
    expect(disks.isFrozen()).toBe(false);
    expect(await app()).toBe("running");
    expect(await ours("freeze")).toBe("");
  });

  it("are thawed by the guard when all that froze them is killed", async () => {
    compute.faults.inject("disks.createSnapshot", { kind: "hang" });
    const asked = () => compute.seen("disks.createSnapshot").length;
    const before = asked();
    const command = keeper("backup", "frozen");
    await waitUntil("a snapshot is asked for", () => asked() > before, 60_000);
    const container = (await stack.compose("--profile", "frozen", "ps", "--quiet", "keeper")).trim();
    await docker(lab, "rm", "--force", container);
    await docker(lab, "kill", await ours("freeze"));
    await command;
    expect(disks.isFrozen()).toBe(true);
    await waitUntil("the guard has gone", async () => (await ours("")) === "", 120_000);
    expect(disks.isFrozen()).toBe(false);
    expect(await app()).toBe("running");
  });

  it("are never frozen where Holdfast's own state is, or the engine's", async () => {
    await upKeeper();
    const { exitCode, stdout } = await keeper("backup", "own");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Holdfast keeps its own state on it, and could not thaw it; leave `freeze` out");
  });
});
