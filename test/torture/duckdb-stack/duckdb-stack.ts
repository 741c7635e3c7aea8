/** A stack whose application writes to its DuckDB database all the time, another service that only reads the volume, and a sidecar. */
import { statSync } from "node:fs";
import { glob, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Docker from "dockerode";

import { ComposeStack } from "../../e2e/lab/compose-stack.ts";
import { PROJECT } from "../../e2e/lab/images.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import { holdfast } from "../../e2e/holdfast-process.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import type { Load, WriterOrder } from "../duckdb/loads.ts";
import { readCopy } from "../duckdb/read-copy.ts";
import { PauseWatch } from "./watch-pauses.ts";

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
/** A check that runs all the time is what a pause may meet. */
const WRITES = { test: ["CMD", "test", "-s", "/written/acknowledged"], interval: "1s", retries: 90 };
const LIMIT_MS = 90_000;

export class DuckdbStack {
  readonly #lab: Lab;
  readonly #options: DuckdbStackOptions;
  readonly #engine: Docker;
  #directory = "";
  #stack: ComposeStack | undefined;
  #pauses: PauseWatch | undefined;

  constructor(lab: Lab, options: DuckdbStackOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#engine = new Docker({ socketPath: socketOf(lab) });
  }

  async up(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), "holdfast-duckdb-stack-"));
    for (const name of ["archive", "config", "written"]) await mkdir(join(this.#directory, name));
    const file = join(this.#directory, "compose.yml");
    await writeFile(file, JSON.stringify(composeOf(this.#options, socketOf(this.#lab))));
    await writeFile(join(this.#directory, "config/holdfast.yml"), JSON.stringify(configOf(this.#options)));
    this.#stack = new ComposeStack(this.#lab, { files: [file] });
    await this.#compose.up();
    this.#pauses = await PauseWatch.open(this.#engine, this.#compose.project);
  }

  async remove(): Promise<void> {
    await this.#pauses?.close();
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
    await this.checkNewest(job, acknowledged);
  }

  /** `acknowledged`: commits, before its backup began. */
  async checkNewest(job: Job, acknowledged: number): Promise<void> {
    const restored = join(this.#directory, "restored");
    await this.#restore(job, restored);
    const { commits } = await readCopy({ database: join(restored, "live.duckdb"), readOnly: false });
    await rm(restored, { recursive: true });
    if (commits < acknowledged) {
      throw new Error(`job ${job}: ${acknowledged} commits were acknowledged, ${commits} are there`);
    }
  }

  /** Undefined: the job has no point. */
  async newest(job: Job): Promise<string | undefined> {
    const folder = join(this.#directory, "archive", this.#compose.project, job);
    const points = await Array.fromAsync(glob("*/recovery-point.json", { cwd: folder }));
    return points.toSorted().at(-1);
  }

  backUp(job: Job): ReturnType<ComposeStack["holdfast"]> {
    return this.#compose.holdfast("backup", job);
  }

  async killSidecar(): Promise<void> {
    await this.#container("backup").kill({ signal: "SIGKILL" });
  }

  async startSidecar(): Promise<void> {
    await this.#compose.compose("start", "backup");
    const address = await this.#compose.url("backup", 9219);
    const answers = () =>
      fetch(`${address}/livez`).then(
        ({ ok }) => ok,
        () => false,
      );
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

  get pauses(): PauseWatch {
    if (this.#pauses === undefined) throw new Error("The stack is not up.");
    return this.#pauses;
  }

  /** Outside of the stack, of which only the store is left when it is needed. */
  async #restore(job: Job, to: string): Promise<void> {
    const config = join(this.#directory, "restore.json");
    const archive = { kind: "local", path: join(this.#directory, "archive") };
    const stack = this.#compose.project;
    await writeFile(
      config,
      JSON.stringify({ ...configOf(this.#options), stack, stores: { local: archive } }),
    );
    const state = join(this.#directory, "state");
    const { exitCode, stderr } = await holdfast(
      ["restore", job, "--to", to, "--config", config, "--state", state],
      { limitMs: LIMIT_MS },
    );
    if (exitCode !== 0) throw new Error(`job ${job}: ${stderr}`);
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
        ...{ image: "${HOLDFAST_IMAGE}", init: true, stdin_open: true, healthcheck: WRITES, cpus: 0.5 },
        entrypoint: ["node", `${RIG}/duckdb/writer-child.ts`, JSON.stringify(order)],
        volumes: ["app_data:/data", "./written:/written", rigMount()],
      },
      dashboard: { ...idle, volumes: ["app_data:/data:ro"] },
      backup: {
        ...{ image: "${HOLDFAST_IMAGE}", init: true, read_only: true, tmpfs: ["/tmp"] },
        ...{ cap_drop: ["ALL"], cap_add: ["DAC_READ_SEARCH"] },
        ...{ security_opt: ["no-new-privileges:true"], ports: ["127.0.0.1::9219"] },
        volumes: [
          ...["./config:/etc/holdfast:ro", "./archive:/archive", "state:/var/lib/holdfast"],
          `${socket}:/var/run/docker.sock`,
          ...(isMounted ? ["app_data:/source/data:ro"] : []),
        ],
      },
    },
    volumes: { app_data: {}, state: {} },
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
