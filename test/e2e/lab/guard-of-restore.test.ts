/** A sidecar that is gone for good in the middle of a restore in place: its guard ends that before it lets anything run. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";

const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
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

const CONFIG = `
jobs:
  app_data:
    source: { kind: volume, path: /source/app_data }
stores:
  local: { kind: local, path: /archive }
guard: { after: 2s }
`;

/** Each is one move aside and one into its place: enough to be met in between. */
const FILES = 20_000;

describeInLab("the guard of a restore in place", (lab) => {
  let directory: string;
  let stack: ComposeStack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await writeFile(join(directory, "compose.yml"), COMPOSE);
    await mkdir(join(directory, "config"));
    await writeFile(join(directory, "config/holdfast.yml"), CONFIG);
    const env = { ENGINE_SOCKET: lab.host.slice("unix://".length) };
    stack = new ComposeStack(lab, { files: [join(directory, "compose.yml")], env });
    await stack.up();
    await fill("point");
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
    await fill("now");
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const fill = (text: string) =>
    stack.compose(
      ...["exec", "-T", "app", "sh", "-c"],
      `cd /data && i=0; while [ $i -lt ${FILES} ]; do echo ${text} > f$i; i=$((i+1)); done`,
    );

  /** In a container that has the volume, as the app has it. */
  const inVolume = (script: string) =>
    docker(
      lab,
      ...["run", "--rm", "--volume", `${stack.project}_app_data:/data`],
      ...["debian:bookworm-slim", "sh", "-c", `cd /data && ${script}`],
    );

  const stateOf = (id: string) => docker(lab, "inspect", "--format", "{{.State.Status}}", id);
  const named = async (part: string) =>
    (
      await docker(lab, "ps", "--all", "--quiet", "--filter", `name=${stack.project}-holdfast-${part}`)
    ).trim();

  it("settles what was half replaced, and only then lets the app run", async () => {
    const [app, backup] = [
      (await stack.compose("ps", "--quiet", "app")).trim(),
      (await stack.compose("ps", "--quiet", "backup")).trim(),
    ];
    const swapping = inVolume("until ls .holdfast-restore-*.swap/journal.json 2>&-; do :; done");
    const restore = stack.holdfast("restore", "app_data", "--in-place", "--yes", "--no-forensics");
    await swapping;
    // Stands still where it is until there is nobody left who would end it.
    await docker(lab, "pause", await named("restore"));
    await docker(lab, "rm", "--force", backup);
    await docker(lab, "kill", await named("restore"));
    await restore;
    expect(await inVolume("cat .holdfast-restore-*.swap/journal.json")).toContain('"phase":"swapping"');
    expect(await stateOf(app)).toContain("exited");
    await waitUntil("the app runs", async () => (await stateOf(app)).includes("running"), 120_000);
    const content = await inVolume("ls -A | grep -v '^f'; cat f* | sort | uniq -c");
    expect(content.trim()).toBe(`${FILES} now`);
    await waitUntil("the guard has gone", async () => (await named("")) === "", 60_000);
  });
});
