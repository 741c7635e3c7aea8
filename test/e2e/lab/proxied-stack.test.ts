/** A stack whose sidecar reaches the engine only through the documented proxy: everything that it does to others goes through that. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, PROJECT } from "./images.ts";
import { ensureProxyImage } from "./socket-proxy.ts";

const COMPOSE = `
services:
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    stop_grace_period: 1s
    volumes: [app_data:/data, uploads:/uploads]
  backup:
    volumes: [./holdfast.yml:/etc/holdfast/holdfast.yml:ro]
volumes:
  app_data:
  uploads:
`;

/** \`uploads\` is mounted in no sidecar. */
const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    paused: { source: { kind: "volume", path: "/source/app_data" }, quiesce: { pause: ["app"] } },
    stopped: { source: { kind: "volume", path: "/source/app_data" }, quiesce: { stop: ["app"] } },
    uploads: { source: { kind: "volume", volume: "uploads" }, quiesce: { pause: ["app"] } },
  },
};

interface Run {
  job: string;
  outcome: string;
  warningCount: number;
}

describeInLab("a stack behind a filtering socket proxy", (lab) => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"));
  const files = [
    join(directory, "compose.yml"),
    ...["compose.sidecar.yml", "compose.socket-proxy.yml"].map((file) => join(PROJECT, file)),
  ];
  const stack = new ComposeStack(lab, {
    files,
    env: {
      HOLDFAST_PORT: "0",
      HOLDFAST_PROXY_RULES: join(PROJECT, "config/socket-proxy/haproxy.cfg"),
      DOCKER_SOCKET: lab.host.replace(/^unix:\/\//, ""),
    },
  });
  const inApp = (script: string) => stack.compose("exec", "-T", "app", "sh", "-c", script);

  /** What was done to containers of the stack, and to guards, while the work ran. */
  const doneWhile = async (work: () => Promise<void>): Promise<string[]> => {
    const now = async () =>
      (await docker(lab, "run", "--rm", "debian:bookworm-slim", "date", "+%s.%N")).trim();
    const since = await now();
    await work();
    const said = await docker(
      lab,
      ...["events", "--since", since, "--until", await now(), "--filter", "type=container"],
      ...["--format", "{{.Action}} {{.Actor.Attributes.name}}"],
    );
    return said
      .split("\n")
      .filter((line) => line.includes(stack.project) && /^(start|pause|unpause|stop|destroy) /.test(line))
      .map((line) => line.replace(`${stack.project}-`, "").replace(/-[0-9a-f-]{8,}$/, ""));
  };

  beforeAll(async () => {
    writeFileSync(join(directory, "compose.yml"), COMPOSE);
    writeFileSync(join(directory, "holdfast.yml"), JSON.stringify(CONFIG));
    await ensureProxyImage(lab, directory);
    await stack.up();
    await inApp("echo kept > /data/kept && echo uploaded > /uploads/a.txt");
  });

  afterAll(async () => {
    await stack.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it("has no socket in the sidecar, and a proxy that nobody else reaches", async () => {
    const look = await stack.tryCompose("exec", "-T", "backup", "ls", "/var/run/docker.sock");
    expect(look.stderr).toContain("No such file");
    expect(await inApp("getent hosts socket-proxy || echo unknown")).toBe("unknown\n");
  });

  it.each([
    ["paused", ["start holdfast-guard", "pause app-1", "unpause app-1"], ["holdfast-guard"]],
    ["stopped", ["start holdfast-guard", "stop app-1", "start app-1"], ["holdfast-guard"]],
    // The container that captures asks for the hold, which is over before that container is.
    [
      "uploads",
      ["start holdfast-capture", "start holdfast-guard", "pause app-1", "unpause app-1"],
      ["holdfast-capture", "holdfast-guard"],
    ],
  ])("holds its services, under guard, for job %s", async (job, expected, removed) => {
    let end: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
    const done = await doneWhile(async () => {
      end = await stack.holdfast("backup", job, "--json");
    });
    const { runs } = JSON.parse(end.stdout) as { runs: Run[] };
    expect(runs, `${end.stdout}${end.stderr}`).toMatchObject([
      { job, outcome: "succeeded", warningCount: 0 },
    ]);
    expect(end.stderr).not.toContain("guard");
    expect(done.slice(0, expected.length)).toEqual(expected);
    expect(done.slice(expected.length).sort()).toEqual(removed.map((name) => `destroy ${name}`));
  });

  it("restores in place", async () => {
    await inApp("rm /data/kept && echo ruined > /data/ruined");
    const end = await stack.holdfast("restore", "paused", "--in-place", "--yes");
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(await inApp("ls /data && cat /data/kept")).toBe("kept\nkept\n");
  });
});
