/** A volume that only the app has mounted, brought back in place by one command in a sidecar that cannot see it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";

const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    volumes: [app_data:/data]
  bystander:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
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
volumes: { app_data: {}, archive: {}, state: {} }
`;

const CONFIG = `
jobs:
  everything:
    source: { kind: stack }
    retry: { attempts: 1 }
stores:
  local: { kind: local, path: /archive }
`;

const LISTING =
  "find . -printf '%P %y %m %U:%G %s %T@ %l\\n' | sort; find . -type f -exec sha256sum {} + | sort -k2";

describeInLab("a restore in place of a volume that is not mounted in the sidecar", (lab) => {
  let directory: string;
  let stack: ComposeStack;
  let before: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "config/holdfast.yml"), CONFIG);
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
    await inApp(
      "mkdir sub && head -c 60000000 /dev/urandom > sub/big && echo secret > secret && chown 1000:1000 secret && chmod 600 secret",
    );
    before = await inApp(LISTING);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const inApp = (script: string) => stack.compose("exec", "-T", "app", "sh", "-c", `cd /data && ${script}`);
  const startedAt = async (service: string) => {
    const id = (await stack.compose("ps", "--quiet", service)).trim();
    return docker(lab, "inspect", "--format", "{{.State.StartedAt}}", id);
  };
  const ownContainers = (...more: string[]) =>
    docker(lab, "ps", "--all", "--quiet", "--filter", `label=holdfast.stack=${stack.project}`, ...more);

  it("brings everything back while what uses it is stopped, and keeps what was there", async () => {
    await inApp("rm -r sub && echo pay > ransom-note");
    const bystander = await startedAt("bystander");
    const app = await startedAt("app");
    const end = await stack.holdfast("restore", "app_data", "--in-place", "--yes");
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.stderr).toContain("app stood still for");
    expect(await inApp(LISTING)).toBe(before);
    expect(await startedAt("app")).not.toBe(app);
    expect(await startedAt("bystander")).toBe(bystander);
    expect(await ownContainers()).toBe("");
    const key = /kept in store local: (\S+)/.exec(end.stderr)?.[1] ?? "";
    const read = await stack.holdfast("restore", "--archive", `/archive/${key}`, "--to", "/tmp/before");
    // The sidecar itself cannot give files to their owners.
    expect(read.exitCode, read.stderr).toBe(3);
    expect(await stack.compose("exec", "-T", "backup", "cat", "/tmp/before/ransom-note")).toBe("pay\n");
  });

  it("asks first, as of every source", async () => {
    const end = await stack.holdfast("restore", "app_data", "--in-place");
    expect(end.exitCode).toBe(5);
    expect(end.stderr).toContain(`All of volume ${stack.project}_app_data, the source of job app_data,`);
  });

  it("leaves all of the old or all of the new when the container that restores is killed", async () => {
    await inApp("echo later > secret");
    const old = await inApp(LISTING);
    const restore = stack.holdfast("restore", "app_data", "--in-place", "--yes", "--no-forensics");
    const restoring = await waitUntil("the container restores", async () => {
      const id = (await ownContainers("--filter", "label=holdfast.purpose=restore")).trim();
      return id === "" ? undefined : id;
    });
    await docker(lab, "kill", "--signal", "KILL", restoring).catch(() => "it had ended");
    await restore;
    expect([old, before]).toContain(await inApp(LISTING));
    expect(await ownContainers()).toBe("");
  });
});
