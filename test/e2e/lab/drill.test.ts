/** Drills in a stack of containers, with the rights that a sidecar has. */
import { writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { lookAtDisk } from "../../../src/app/drill/look-at-disk.ts";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { waitUntil } from "../wait-until.ts";
import { must } from "./command.ts";
import { ComposeStack } from "./compose-stack.ts";
import { ensureDatabaseImages } from "./database-images.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";

const { signal } = new AbortController();

/** The application's volume is mounted in the application only. */
const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    volumes: [app_data:/var/lib/app]
  db:
    image: postgres:15
    volumes: [db_data:/var/lib/postgresql/data]
    healthcheck: { test: [CMD, pg_isready, -U, postgres], interval: 1s, retries: 60 }
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    volumes:
      - ./config:/etc/holdfast:ro
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes:
  app_data:
  db_data:
  archive:
  state:
`;

/** Whom the command runs as, what it sees, and what it may. */
const LOOK =
  "cd /var/lib/app && grep -q secret private && test -L link && ! touch new 2>/dev/null && ! grep -q eth /proc/net/dev";

const CONFIG = `
stores: { local: { kind: local, path: /archive } }
defaults: { stores: [local], retry: { attempts: 1 } }
jobs:
  data:
    source: { kind: volume, volume: app_data }
    drill:
      checks:
        - files: [sub/deep]
        - json: [config.json]
        - command: ${JSON.stringify(LOOK)}
  slow:
    source: { kind: volume, volume: app_data }
    drill: { checks: [{ command: [sleep, "600"], timeout: 1h }] }
  db:
    source: { kind: postgres, service: db, database: shop }
    drill:
      checks:
        - query: SELECT count(*) FROM orders WHERE at > now() - interval '7 days'
          atLeast: 2
        - query: SELECT name FROM orders ORDER BY name LIMIT 1
          expect: apples
`;

/** A disk of this machine as a cloud attaches it: a loop device, and the link by which udev names it. */
async function attachedDisk(directory: string, name: string, fill: (root: string) => void): Promise<string> {
  const [image, aside] = [join(directory, "disk.img"), join(directory, "aside")];
  await mkdir(aside);
  await writeFile(image, "");
  await truncate(image, 16 * 1024 ** 2);
  await must("/usr/sbin/mkfs.ext4", ["-q", image]);
  await must("/usr/bin/mount", ["-o", "loop", image, aside]);
  fill(aside);
  // As a snapshot is taken: of a file system in use, whose log has yet to be written back.
  await must("/usr/bin/sync", ["-f", aside]);
  await cp(image, `${image}.snapshot`);
  await must("/usr/bin/umount", [aside]);
  const device = (await must("/usr/sbin/losetup", ["--find", "--show", `${image}.snapshot`])).trim();
  await mkdir("/dev/disk/by-id", { recursive: true });
  await symlink(device.replace("/dev/", "../../"), `/dev/disk/by-id/google-${name}`);
  return device;
}

describeInLab("drills", (lab) => {
  let directory: string;
  let stack: ComposeStack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "config/holdfast.yml"), CONFIG);
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    await ensureDatabaseImages(lab, directory);
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
    await inApp(
      `mkdir sub && touch sub/deep && echo secret > private && ln -s private link && echo '{}' > config.json && chown 1000:1000 private sub && chmod 600 private && chmod 700 sub`,
    );
    await sql("CREATE DATABASE shop", "postgres");
    await sql("CREATE ROLE clerk; CREATE TABLE orders (name text, at timestamptz DEFAULT now())");
    await sql("ALTER TABLE orders OWNER TO clerk; INSERT INTO orders VALUES ('apples'), ('pears')");
    for (const job of ["data", "slow", "db"])
      expect(await stack.holdfast("backup", job)).toMatchObject({ exitCode: 0 });
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const inApp = (script: string) =>
    stack.compose("exec", "-T", "app", "sh", "-c", `cd /var/lib/app && ${script}`);
  const sql = (statements: string, database = "shop") =>
    stack.compose("exec", "-T", "db", "psql", "-qU", "postgres", "-d", database, "-c", statements);
  const ofDrills = () =>
    docker(
      lab,
      "ps",
      "--all",
      "--quiet",
      "--filter",
      "label=holdfast.drill",
      "--filter",
      `label=holdfast.stack=${stack.project}`,
    );
  const scratch = async () => (
    await stack.holdfast("status"),
    stack.compose("exec", "-T", "backup", "ls", "/var/lib/holdfast/scratch")
  );

  it("restore a volume where nobody sees it, and run the application's own check over it, alone and read-only", async () => {
    const drilled = await stack.holdfast("drill", "data");
    expect(drilled.stdout + drilled.stderr).toContain("passed");
    expect(drilled.exitCode).toBe(0);
    expect(await ofDrills()).toBe("");
    expect(await scratch()).toBe("");
  });

  it("fail with what the application says", async () => {
    await inApp("echo other > private");
    await stack.holdfast("backup", "data");
    const drilled = await stack.holdfast("drill", "data");
    expect(drilled.exitCode).toBe(1);
    expect(drilled.stdout).toContain("ended with exit code 1");
  });

  it("that are killed leave nothing once the sidecar runs again", async () => {
    const drilling = stack.holdfast("drill", "slow");
    await waitUntil("the check", async () => (await ofDrills()) !== "" || undefined);
    await stack.compose("kill", "backup");
    await drilling;
    expect(await ofDrills()).not.toBe("");
    await stack.compose("start", "backup");
    await waitUntil("no container of a drill", async () => (await ofDrills()) === "" || undefined);
    expect(await scratch()).toBe("");
  });

  it("give a dump to a server of its own, and ask that what it has", async () => {
    const drilled = await stack.holdfast("drill", "db", "--json");
    expect(drilled, drilled.stderr + drilled.stdout).toMatchObject({ exitCode: 0 });
    const [{ phases }] = JSON.parse(drilled.stdout) as [{ phases: { name: string }[] }];
    expect(phases.map(({ name }) => name)).toEqual([
      "finding the point",
      "starting a server",
      "restoring",
      "checking",
    ]);
    expect(await ofDrills()).toBe("");
    await sql("DELETE FROM orders WHERE name = 'apples'");
    await stack.holdfast("backup", "db");
    const failed = await stack.holdfast("drill", "db");
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain('gives "1", and at least 2 is expected.');
    expect(failed.stdout).toContain('gives "pears", and "apples" is expected.');
    expect(await ofDrills()).toBe("");
  });

  it("look at a disk that is attached to the machine: its file system, its files, its databases", async () => {
    const deviceName = `hf-drill-${stack.project}`;
    const device = await attachedDisk(directory, deviceName, (root) => {
      const database = new DatabaseSync(join(root, "users.db"));
      database.exec("CREATE TABLE users (name); INSERT INTO users VALUES ('ada')");
      database.close();
      writeFileSync(join(root, "torn.db"), "SQLite format 3\0 and no more");
    });
    onTestFinished(async () => {
      await rm(`/dev/disk/by-id/google-${deviceName}`);
      await must("/usr/sbin/losetup", ["--detach", device]);
    });
    const runtime = new DockerRuntime(lab.host);
    const [own] = await runtime.containers({ project: stack.project, service: "backup" }, signal);
    runtime.ownContainer = async () => own;
    const found = await lookAtDisk(
      { runtime, clock: systemClock, stack: stack.project },
      {
        ...{ job: "disk", place: "drill-of-disk", deviceName, scratch: "/var/lib/holdfast/scratch", signal },
        checks: [
          { kind: "databases", path: "users.db" },
          { kind: "databases", path: "torn.db" },
          { kind: "files", path: "gone" },
        ],
        warn: (message) => expect.fail(message),
      },
    );
    expect(found).toEqual({
      problems: [expect.stringMatching(/^The database torn\.db does not open: /)],
      warnings: [],
      missing: [{ kind: "files", path: "gone" }],
    });
    expect(await ofDrills()).toBe("");
  });
});
