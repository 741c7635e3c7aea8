/** A job for the whole stack, while the stack changes: volumes that come, and volumes that go. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";

const composeWith = (...volumes: string[]) => `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    volumes: [${volumes.map((name) => `${name}:/${name}`).join(", ")}]
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    ports: ["127.0.0.1:0:9219"]
    volumes:
      - ./config:/etc/holdfast:ro
      - first:/source/first
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes: { ${[...new Set(["first", ...volumes])].map((name) => `${name}: {}`).join(", ")}, archive: {}, state: {} }
`;

const CONFIG = `
jobs:
  everything:
    source: { kind: stack }
    retry: { attempts: 1 }
stores:
  local: { kind: local, path: /archive }
`;

describeInLab("a job for the whole stack", (lab) => {
  let directory: string;
  let stack: ComposeStack;

  const write = (...volumes: string[]) => writeFile(join(directory, "compose.yml"), composeWith(...volumes));

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await write("first");
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "config/holdfast.yml"), CONFIG);
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  /** Of the daemon that runs, and was not told of anything. */
  const jobsOfDaemon = async () => {
    const answer = await fetch(`${await stack.url("backup", 9219)}/api/v1/status`);
    const { jobs } = (await answer.json()) as { jobs: { name: string }[] };
    return jobs.map(({ name }) => name).sort();
  };

  it("has a job for a volume as soon as a service has that", async () => {
    expect(await jobsOfDaemon()).toEqual(["_config", "first"]);
    await write("first", "second");
    await stack.up();
    await waitUntil("the new volume has a job", async () => (await jobsOfDaemon()).includes("second"));
    expect(await stack.holdfast("backup")).toMatchObject({ exitCode: 0 });
  });

  it("does not let a restore take the place of a volume that is mounted here", async () => {
    await stack.compose("exec", "-T", "app", "touch", "/first/file");
    const to = ["--to", "/source/first", "--replace", "--yes"];
    const { exitCode, stderr } = await stack.holdfast("restore", "second", ...to);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`is volume ${stack.project}_first, which is backed up (/source/first)`);
  });

  it("keeps the job of a volume that is gone, whose runs fail until that is said to be meant", async () => {
    await write("first");
    await stack.up();
    await docker(lab, "volume", "rm", `${stack.project}_second`);
    const { exitCode, stdout } = await stack.holdfast("backup", "second");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("make it again, for its points are still kept; if it is gone for good, add");
    expect(await jobsOfDaemon()).toEqual(["_config", "first", "second"]);
    const meant = CONFIG.replace("kind: stack", "kind: stack, exclude: [second]");
    await writeFile(join(directory, "config/holdfast.yml"), meant);
    await waitUntil("the job is gone", async () => !(await jobsOfDaemon()).includes("second"));
  });
});
