/** Services that do not work with what was restored, and what was there before brought back for them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";

/** The app says what its volume holds, and ends when that is bad. */
const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sh, -c, "cat /data/content; grep -q bad /data/content && exit 1; exec sleep infinity"]
    volumes: [app_data:/data]
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
      - app_data:/source/app_data:ro
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes:
  app_data:
  archive:
  state:
`;

const config = (status: number) => `
jobs:
  app_data:
    source: { kind: volume, path: /source/app_data }
    full: always
    quiesce: { healthTimeout: 10s }
    checks:
      - http: { url: "http://backup:9219/livez", status: ${status} }
      - noErrors: { service: app }
stores:
  local: { kind: local, path: /archive }
guard: { after: 2s }
`;

describeInLab("a restore in place on trial", (lab) => {
  let directory: string;
  let stack: ComposeStack;
  const points: Record<string, string> = {};

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "config/holdfast.yml"), config(200));
    // Of the last test: a check that never passes.
    await writeFile(join(directory, "config/never.yml"), config(599));
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    // The app cannot read what is not there yet.
    await stack.compose("run", "--rm", "--no-deps", "-T", "app", "sh", "-c", "echo now > /data/content");
    await stack.up();
    for (const content of ["bad", "ERROR", "good"]) {
      await write(content);
      const backup = await stack.holdfast("backup");
      points[content] = /point (\S+)/i.exec(backup.stdout)?.[1] ?? "";
    }
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (content: string) =>
    stack.compose("exec", "-T", "app", "sh", "-c", `echo ${content} > /data/content`);
  const restore = (content: string, ...more: string[]) =>
    stack.holdfast("restore", "app_data", "--in-place", "--yes", "--point", points[content] ?? "", ...more);
  const inVolume = (script: string) =>
    docker(
      lab,
      ...["run", "--rm", "--volume", `${stack.project}_app_data:/data`],
      ...["debian:bookworm-slim", "sh", "-c", `cd /data && ${script}`],
    );
  const app = async () => {
    const id = (await stack.compose("ps", "--all", "--quiet", "app")).trim();
    return (await docker(lab, "inspect", "--format", "{{.State.Status}}", id)).trim();
  };
  const removeKept = () => inVolume("rm -rf .holdfast-old-*");

  it("puts back what was there before when a service ends with what was restored", async () => {
    await write("now");
    const { exitCode, stderr } = await restore("bad");
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toMatch(
      /Checking the services after the restore of job app_data failed: \S+-app-1 was exited/,
    );
    expect(stderr).toMatch(
      /holds what it held before .* what was restored is kept in \/source\/app_data\/\.holdfast-old-/,
    );
    expect(await inVolume("cat content .holdfast-old-*/content")).toBe("now\nbad\n");
    expect(await app()).toBe("running");
    await removeKept();
  });

  it("leaves what was restored with --no-rollback, and says which check failed", async () => {
    const { exitCode, stderr } = await restore("ERROR", "--no-rollback");
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toMatch(/app-1 logged "ERROR"; what was restored stays/);
    expect(await inVolume("ls -A; cat content")).toBe("content\nERROR\n");
    expect(await app()).toBe("running");
  });

  it("keeps nothing of the old content once every check has passed", async () => {
    const { exitCode, stderr } = await restore("good");
    expect(exitCode, stderr).toBe(0);
    expect(await inVolume("ls -A; cat content")).toBe("content\ngood\n");
    expect(
      await docker(lab, "ps", "--all", "--quiet", "--filter", `label=holdfast.stack=${stack.project}`),
    ).toBe("");
  });

  it("keeps both when the sidecar goes for good before the checks have ended", async () => {
    await write("now");
    const args = [
      "restore",
      "app_data",
      "--in-place",
      "--yes",
      "--no-forensics",
      "--point",
      points["good"] ?? "",
    ];
    const command = stack.holdfast("--config", "/etc/holdfast/never.yml", ...args);
    await waitUntil("the app is tried", async () => (await inVolume("cat content")) === "good\n", 60_000);
    await waitUntil("the app runs", async () => (await app()) === "running", 60_000);
    await docker(lab, "rm", "--force", (await stack.compose("ps", "--quiet", "backup")).trim());
    await command;
    const guards = ["ps", "--quiet", "--filter", `name=${stack.project}-holdfast`];
    await waitUntil("the guard has gone", async () => (await docker(lab, ...guards)).trim() === "", 120_000);
    expect(await inVolume("cat content .holdfast-old-*/content; ls -A | wc -l")).toBe("good\nnow\n2\n");
    expect(await app()).toBe("running");
  });
});
