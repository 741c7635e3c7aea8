/** A stack with a sidecar as docs/compose.md has it, laid out in a directory of the tests around it, and gone after the last of them. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { ComposeStack } from "./compose-stack.ts";
import type { CommandEnd } from "./command.ts";
import type { Lab } from "./lab.ts";

export interface ServicePlan {
  image: string;
  volumes?: readonly string[];
  [setting: string]: unknown;
}

export interface StackPlan {
  /** All but the sidecar, which is `backup`. */
  services: Readonly<Record<string, ServicePlan>>;
  /** The content of holdfast.yml, or what becomes it. */
  config: string | object;
  /** Beside the Compose file, by their paths; what is in `config/` the sidecar has in /etc/holdfast. */
  files?: Readonly<Record<string, string | Uint8Array>>;
  /** Files of them that can be run. */
  programs?: readonly string[];
  /** What the sidecar has mounted besides its config, its state, the local store and the engine's socket. */
  mounts?: readonly string[];
  /** Of other images than those that every stack is of. */
  prepare?: (lab: Lab, scratch: string) => Promise<void>;
}

export interface Run {
  point: string;
  outcome: string;
  reason: string;
  exitCode: number | null;
  stderr: string;
}

export interface ListedPoint {
  id: string;
  dumps?: Record<string, unknown>[];
}

/** A service that does nothing, and ends when it is told to. */
export const IDLE = { image: "debian:bookworm-slim", init: true, command: ["sleep", "infinity"] };

export class SidecarStack extends ComposeStack {
  readonly directory: string;
  readonly #lab: Lab;

  constructor(lab: Lab, directory: string) {
    super(lab, { files: [join(directory, "compose.yml")] });
    this.directory = directory;
    this.#lab = lab;
  }

  /** Writes the stack's files; changed ones take hold with the next `up`. */
  async layOut({ services, config, files = {}, programs = [], mounts = [] }: StackPlan): Promise<void> {
    const all = { ...services, backup: sidecar(this.#lab, mounts) };
    const written: StackPlan["files"] = {
      "compose.yml": JSON.stringify({ services: all, volumes: namedIn(all) }),
      "config/holdfast.yml": typeof config === "string" ? config : JSON.stringify(config),
      ...files,
    };
    for (const [name, content] of Object.entries(written)) {
      await mkdir(dirname(join(this.directory, name)), { recursive: true });
      await writeFile(join(this.directory, name), content);
    }
    for (const name of programs) await chmod(join(this.directory, name), 0o755);
  }

  async backUp(job: string): Promise<Run> {
    const { stdout, stderr, exitCode } = await this.holdfast("backup", job, "--json");
    const { runs } = JSON.parse(stdout) as { runs: Pick<Run, "point" | "outcome" | "reason">[] };
    return { ...(runs[0] ?? { point: "", outcome: "none", reason: "" }), exitCode, stderr };
  }

  /** Newest first. */
  async points(job: string): Promise<ListedPoint[]> {
    const { stdout } = await this.holdfast("list", job, "--json");
    return (JSON.parse(stdout) as { points: ListedPoint[] }).points;
  }

  /** `holdfast restore … --yes`, which must go well. */
  async restore(job: string, ...options: string[]): Promise<CommandEnd> {
    const end = await this.holdfast("restore", job, "--yes", ...options);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end;
  }

  /** Every byte that the sidecar wrote into its store and its state, and what it logged and shows of its config. */
  async everythingTold(): Promise<string> {
    const script = `const fs = require("fs"); for (const root of ["/archive", "/var/lib/holdfast"])
      for (const name of fs.readdirSync(root, { recursive: true }))
        try { console.log(fs.readFileSync(root + "/" + name, "latin1")) } catch {}`;
    const files = await this.exec("backup", "node", "-e", script);
    expect(files).toContain("recordSha256");
    const config = (await this.holdfast("config", "show")).stdout;
    expect(config).toContain("local");
    return [files, await this.compose("logs", "backup"), config].join("\n");
  }
}

/** Up before the first test around it, and removed after the last; `load` is called once it is up. */
export function standUp(
  lab: Lab,
  plan: StackPlan,
  load?: (stack: SidecarStack) => Promise<void>,
): SidecarStack {
  const stack = new SidecarStack(lab, join(tmpdir(), `holdfast-${randomUUID()}`));
  beforeAll(async () => {
    await mkdir(stack.directory);
    await plan.prepare?.(lab, stack.directory);
    await stack.layOut(plan);
    await stack.up();
    await load?.(stack);
  });
  afterAll(async () => {
    await stack.remove();
    await rm(stack.directory, { recursive: true, force: true });
  });
  return stack;
}

function sidecar({ host, image }: Lab, mounts: readonly string[]): ServicePlan {
  return {
    ...{ image, init: true, read_only: true, tmpfs: ["/tmp"], ports: ["127.0.0.1:0:9219"] },
    ...{ cap_drop: ["ALL"], cap_add: ["DAC_READ_SEARCH"], security_opt: ["no-new-privileges:true"] },
    volumes: [
      ...["./config:/etc/holdfast:ro", "archive:/archive", "state:/var/lib/holdfast", ...mounts],
      `${host.slice("unix://".length)}:/var/run/docker.sock`,
    ],
  };
}

/** Those of the mounts that are of no directory. */
function namedIn(services: StackPlan["services"]): Record<string, object> {
  const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
  const names = mounts.map((mount) => mount.slice(0, mount.indexOf(":")));
  return Object.fromEntries(names.filter((name) => /^\w/.test(name)).map((name) => [name, {}]));
}
