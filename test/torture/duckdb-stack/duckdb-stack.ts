/** A stack whose application writes to its DuckDB database all the time, another service that only reads the volume, and a sidecar. */
import { statSync } from "node:fs";
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import Docker from "dockerode";

import { ComposeStack } from "../../e2e/lab/compose-stack.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import { holdfast } from "../../e2e/holdfast-process.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import type { CommitRecord } from "../../../src/domain/recovery-point.ts";
import { readCopy } from "../duckdb/read-copy.ts";
import { composeOf, configOf, keyOf, type DuckdbStackOptions, type Job } from "./stack-files.ts";
import { PauseWatch } from "./watch-pauses.ts";

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
    const copy = { database: join(restored, "live.duckdb"), key: keyOf(this.#options) };
    const { commits } = await readCopy({ ...copy, readOnly: false });
    await rm(restored, { recursive: true });
    if (commits < acknowledged) {
      throw new Error(`job ${job}: ${acknowledged} commits were acknowledged, ${commits} are there`);
    }
  }

  /** Undefined: the job has no point. */
  async newest(job: Job): Promise<string | undefined> {
    const points = await Array.fromAsync(glob("*/recovery-point.json", { cwd: this.#pointsOf(job) }));
    return points.toSorted().at(-1);
  }

  /** How the databases of the newest point were captured, as its commit record tells it. */
  async captured(job: Job): Promise<CommitRecord["capture"]> {
    const record = await readFile(join(this.#pointsOf(job), (await this.newest(job)) ?? ""), "utf8");
    return (JSON.parse(record) as CommitRecord).capture;
  }

  /** Everything that the engine tells of each container of this project that is made while `work` runs. */
  async inspectedWhile(work: () => Promise<void>): Promise<string[]> {
    const label = [`holdfast.project=${this.#compose.project}`];
    const filters = { event: ["start"], label };
    const stream = (await this.#engine.getEvents({ filters })) as Readable;
    const inspected: Promise<string>[] = [];
    createInterface({ input: stream }).on("line", (line) => {
      const { id } = JSON.parse(line) as { id: string };
      inspected.push(
        this.#engine
          .getContainer(id)
          .inspect()
          .then((seen) => JSON.stringify(seen)),
      );
    });
    await work();
    stream.destroy();
    return Promise.all(inspected);
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

  #pointsOf(job: Job): string {
    return join(this.#directory, "archive", this.#compose.project, job);
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
