/** A stack whose application writes to its DuckDB database all the time, another service that only reads the volume, and a sidecar. */
import { statSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Docker from "dockerode";

import { ComposeStack } from "../../e2e/lab/compose-stack.ts";
import { docker, PROJECT } from "../../e2e/lab/images.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import type { Load, WriterOrder } from "../duckdb/loads.ts";
import type { ReaderOrder, Seen } from "../duckdb/reader-child.ts";

export interface DuckdbStackOptions {
  load: Load;
  /** The sidecar has the volume; else a container of its own captures it. */
  isMounted: boolean;
  seed: number;
}

/** `named` names whom to pause; of `found` and `auto` they are found by their mounts, for `found` at once. */
export const JOBS = ["named", "found", "auto"] as const;
export type Job = (typeof JOBS)[number];

/** Where the image's own modules are found from. */
const RIG = "/opt/holdfast/rig";
const RESTORING = ["CHOWN", "FOWNER", "DAC_OVERRIDE"].flatMap((right) => ["--cap-add", right]);
/** A check that runs all the time is what a pause may meet. */
const WRITES = { test: ["CMD", "test", "-s", "/written/acknowledged"], interval: "1s", retries: 90 };
const LIMIT_MS = 90_000;

export class DuckdbStack {
  readonly #lab: Lab;
  readonly #options: DuckdbStackOptions;
  readonly #engine: Docker;
  #directory = "";
  #stack: ComposeStack | undefined;
  #restores = 0;

  constructor(lab: Lab, options: DuckdbStackOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#engine = new Docker({ socketPath: socketOf(lab) });
  }

  async up(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), "holdfast-duckdb-stack-"));
    for (const name of ["config", "written"]) await mkdir(join(this.#directory, name));
    const file = join(this.#directory, "compose.yml");
    await writeFile(file, JSON.stringify(composeOf(this.#options, socketOf(this.#lab))));
    await writeFile(join(this.#directory, "config/holdfast.yml"), JSON.stringify(configOf(this.#options)));
    this.#stack = new ComposeStack(this.#lab, { files: [file] });
    await this.#compose.up();
  }

  async remove(): Promise<void> {
    await this.#stack?.remove();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** How many commits DuckDB has acknowledged to the writer. */
  get acknowledged(): number {
    return statSync(join(this.#directory, "written/acknowledged")).size;
  }

  /** A point, restored in a container and read there. Throws where it is not what it must be. */
  async backUpAndCheck(job: Job): Promise<void> {
    const { acknowledged } = this;
    const backup = await this.backUp(job);
    if (backup.exitCode !== 0) throw new Error(`job ${job}: ${backup.stdout}${backup.stderr}`);
    const { commits } = await this.#read(await this.#restore(job));
    if (commits < acknowledged) {
      throw new Error(`job ${job}: ${acknowledged} commits were acknowledged, ${commits} are there`);
    }
  }

  backUp(job: Job): ReturnType<ComposeStack["holdfast"]> {
    return this.#compose.holdfast("backup", job);
  }

  async killSidecar(): Promise<void> {
    await this.#container("backup").kill({ signal: "SIGKILL" });
  }

  async startSidecar(): Promise<void> {
    await this.#compose.compose("start", "backup");
    const answers = async () => (await this.#compose.holdfast("ping")).exitCode === 0;
    await waitUntil("the sidecar answers", answers, LIMIT_MS);
  }

  async isWriterPaused(): Promise<boolean> {
    return (await this.#container("app").inspect()).State.Paused;
  }

  /** Not only its container: it acknowledges commits again. */
  async untilWriterGoesOn(): Promise<void> {
    await waitUntil("the writer runs", async () => !(await this.isWriterPaused()), LIMIT_MS);
    const before = this.acknowledged;
    await waitUntil("the writer goes on", () => this.acknowledged > before, LIMIT_MS);
  }

  /** Services that were paused since that time of this machine, in seconds, each as often as it was. */
  async pausedSince(seconds: number): Promise<string[]> {
    const events = await docker(
      this.#lab,
      ...["events", "--since", String(seconds), "--until", String(Date.now() / 1000)],
      ...["--filter", "event=pause", "--filter", `label=com.docker.compose.project=${this.#compose.project}`],
      ...["--format", '{{index .Actor.Attributes "com.docker.compose.service"}}'],
    );
    return events.split("\n").filter((line) => line !== "");
  }

  /** Gives the directory in the volume for what is restored. */
  async #restore(job: Job): Promise<string> {
    const target = `/restored/${(this.#restores += 1)}`;
    await this.#compose.compose(
      ...["run", "--rm", "--no-deps", "-T", ...RESTORING, "backup"],
      ...["restore", job, "--to", target],
    );
    return target;
  }

  async #read(directory: string): Promise<Seen> {
    const order: ReaderOrder = { database: `${directory}/live.duckdb`, readOnly: false };
    const script = `node ${RIG}/duckdb/reader-child.ts "$1" && rm -rf ${directory}`;
    const seen = await docker(
      this.#lab,
      ...["run", "--rm", "--network", "none", "--entrypoint", "sh"],
      ...["--volume", `${this.#compose.project}_restored:/restored`, "--volume", rigMount()],
      ...[this.#lab.image, "-c", script, "sh", JSON.stringify(order)],
    );
    return JSON.parse(seen) as Seen;
  }

  #container(service: string): Docker.Container {
    return this.#engine.getContainer(`${this.#compose.project}-${service}-1`);
  }

  get #compose(): ComposeStack {
    if (this.#stack === undefined) throw new Error("The stack is not up.");
    return this.#stack;
  }
}

function socketOf({ host }: Lab): string {
  return host.slice("unix://".length);
}

function rigMount(): string {
  return `${join(PROJECT, "test/torture")}:${RIG}:ro`;
}

function composeOf({ load, isMounted, seed }: DuckdbStackOptions, socket: string): object {
  const order: WriterOrder = {
    ...{ load, seed, database: "/data/live.duckdb", acknowledged: "/written/acknowledged" },
  };
  const idle = { image: "debian:bookworm-slim", init: true, command: ["sleep", "infinity"] };
  return {
    services: {
      app: {
        ...{ image: "${HOLDFAST_IMAGE}", init: true, stdin_open: true, healthcheck: WRITES },
        entrypoint: ["node", `${RIG}/duckdb/writer-child.ts`, JSON.stringify(order)],
        volumes: ["app_data:/data", "./written:/written", rigMount()],
      },
      dashboard: { ...idle, volumes: ["app_data:/data:ro"] },
      backup: {
        ...{ image: "${HOLDFAST_IMAGE}", init: true, read_only: true, tmpfs: ["/tmp"] },
        ...{ cap_drop: ["ALL"], cap_add: ["DAC_READ_SEARCH"] },
        security_opt: ["no-new-privileges:true"],
        volumes: [
          ...["./config:/etc/holdfast:ro", "archive:/archive", "state:/var/lib/holdfast"],
          ...["restored:/restored", `${socket}:/var/run/docker.sock`],
          ...(isMounted ? ["app_data:/source/data:ro"] : []),
        ],
      },
    },
    volumes: { app_data: {}, archive: {}, state: {}, restored: {} },
  };
}

function configOf({ isMounted }: DuckdbStackOptions): object {
  const place = isMounted ? { path: "/source/data" } : { volume: "app_data" };
  const job = (more: object = {}, ofSource: object = {}) => ({
    ...{ source: { kind: "volume", ...place, ...ofSource }, retry: { attempts: 1 }, retention: { last: 2 } },
    ...more,
  });
  const rules = [{ match: "*.duckdb", capture: "freeze" }];
  const jobs: Record<Job, object> = {
    named: job({ quiesce: { pause: ["app"] } }),
    found: job({}, { embeddedDatabases: { rules } }),
    auto: job(),
  };
  return { guard: { after: "2s" }, jobs, stores: { local: { kind: "local", path: "/archive" } } };
}
