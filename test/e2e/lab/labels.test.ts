/** Jobs said by labels, in a real stack that changes while Holdfast runs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";

const COMPOSE = (socket: string) => `
services:
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    ports: ["127.0.0.1:0:9219"]
    volumes: ["data:/source/data:ro", "${socket}:/var/run/docker.sock"]
    tmpfs: [/archive, /var/lib/holdfast]
  app:
    image: debian:bookworm-slim
    command: [sleep, infinity]
    stop_grace_period: 0s
    volumes: ["data:/data"]
    labels:
      holdfast.jobs.data.source.kind: volume
      holdfast.jobs.data.source.path: /source/data
  later:
    profiles: [later]
    image: debian:bookworm-slim
    command: [sleep, infinity]
    stop_grace_period: 0s
    labels:
      holdfast.jobs.again.source.kind: volume
      holdfast.jobs.again.source.path: /source/data
volumes:
  data:
`;

describeInLab("a stack whose services carry labels", (lab) => {
  let directory: string;
  let stack: ComposeStack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    const file = join(directory, "compose.yml");
    await writeFile(file, COMPOSE(lab.host.replace(/^unix:\/\//, "")));
    stack = new ComposeStack(lab, { files: [file] });
    await stack.compose("up", "--detach");
  });

  afterAll(async () => {
    await stack.compose("--profile", "later", "down", "--volumes", "--timeout", "0", "--remove-orphans");
    await rm(directory, { recursive: true, force: true });
  });

  it("is backed up as they say, under its project's name, and a service that comes later counts", async () => {
    const page = await stack.url("backup", 9219);
    const status = async () => {
      const answer = await fetch(`${page}/api/v1/status`).catch(() => undefined);
      return (await answer?.json()) as { stack: string; jobs: { name: string }[] } | undefined;
    };
    const jobs = async () => {
      const names = (await status())?.jobs.map(({ name }) => name);
      return names?.filter((name) => name !== "_config").join();
    };
    await waitUntil("the daemon", async () => (await status())?.stack === stack.project);
    await waitUntil("the job of the app", async () => (await jobs()) === "data");
    await stack.compose("--profile", "later", "up", "--detach", "later");
    await waitUntil("the job of the later service", async () => (await jobs()) === "data,again");
    const backup = await stack.holdfast("backup", "again");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });
});
