/** A stack whose app uses a volume that a sidecar restores in place, made to be shot at: what runs, and what the volume holds. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { isKeptName, isSwapName } from "../../../src/archive/restore/staging-name.ts";
import { run, type CommandEnd } from "../../e2e/lab/command.ts";
import { docker } from "../../e2e/lab/images.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import { freePort } from "../interventions/free-port.ts";
import { composeLabels, type ShotStackOptions } from "../interventions/shot-containers.ts";

/** All of one restore in place that nobody kills. */
export type Content = "point" | "now";

/** Each is a move aside and a move into its place: enough to be met in between. */
const FILES = 1_000;
/** What the point holds has other names than what there is now, in part. */
const FIRST: Record<Content, number> = { point: 0, now: FILES / 2 };
const WHOLE = new RegExp(`^found ${FILES} ${FILES} (point|now)$`);
const LIMIT_MS = 180_000;
const AFTER_SECONDS = 2;
/** Looks at its volume before it does anything with it, as an app does, and says what it found. */
const APP = `trap "exit 0" TERM; cd /data
echo "found $(ls | wc -l)" $(cat f* | sort | uniq -c)
while :; do sleep 60 & wait $!; done`;

export class RestoreStack {
  readonly project = `shot-${randomUUID().slice(0, 8)}`;
  readonly #options: ShotStackOptions;
  readonly #engine: Docker;
  #directory = "";
  #port = 0;
  #volume = "";

  constructor(options: ShotStackOptions) {
    this.#options = options;
    this.#engine = new Docker({ socketPath: options.socket });
  }

  async up(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), "holdfast-shot-"));
    for (const name of ["state", "archive", "config"]) await mkdir(join(this.#directory, name));
    this.#port = await freePort();
    await writeFile(join(this.#directory, "config/holdfast.yml"), configOf(this.project, this.#port));
    await docker(this.#options, "volume", "create", this.#volumeName);
    const mountpoint = await docker(
      this.#options,
      ...["volume", "inspect", "--format", "{{.Mountpoint}}", this.#volumeName],
    );
    this.#volume = mountpoint.trim();
    await this.fill("point");
    for (const service of ["app", "idle"]) {
      await this.#createService(service);
      await this.#container(service).start();
    }
    await this.#container("idle").stop();
    await this.#createSidecar();
    await this.startSidecar();
    const backup = await this.holdfast("backup", "data");
    if (backup.exitCode !== 0) throw new Error(backup.stderr);
  }

  /** What is not in the engine. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The volume as whoever asked for a restore finds it. */
  async fill(content: Content): Promise<void> {
    for (const name of await readdir(this.#volume)) await rm(join(this.#volume, name), { recursive: true });
    for (let at = 0; at < FILES; at++)
      await writeFile(join(this.#volume, `f${FIRST[content] + at}`), `${content}\n`);
  }

  /** `holdfast …` in the running sidecar. */
  holdfast(...args: string[]): Promise<CommandEnd> {
    const command = ["exec", this.#nameOf("backup"), "holdfast", ...args];
    return run("/usr/bin/docker", command, { env: this.#options.env });
  }

  async startSidecar(): Promise<void> {
    await this.#container("backup").start().catch(unlessSo);
    const answers = async () =>
      (await fetch(`http://127.0.0.1:${this.#port}/livez`).catch(() => undefined))?.ok;
    await this.#until("the sidecar answers", answers);
  }

  /** As `docker compose up --force-recreate` does, in another container. */
  async recreateSidecar(): Promise<void> {
    await this.#container("backup").remove({ force: true });
    await this.#createSidecar();
    // A run waits a minute for the lock of a holder that it cannot see. Nothing of this is about locks.
    await rm(join(this.#directory, "archive", this.project, ".locks"), { recursive: true, force: true });
    await this.startSidecar();
  }

  async killSidecar(): Promise<void> {
    await this.#container("backup").kill({ signal: "SIGKILL" });
  }

  /** The command that was given by `docker exec`, while the daemon beside it lives on. Nothing when it has ended. */
  async killCommand(): Promise<void> {
    const { Processes, Titles } = (await this.#container("backup").top()) as {
      Processes: string[][];
      Titles: string[];
    };
    const of = (name: string, row: string[]) => row[Titles.indexOf(name)] ?? "";
    for (const row of Processes.filter((each) => of("CMD", each).includes("restore data")))
      process.kill(Number(of("PID", row)), "SIGKILL");
  }

  /** The container that restores. Nothing when there is none. */
  async killRestore(): Promise<void> {
    for (const { Id, State } of await this.#oneOffs())
      if (State === "running") await this.#engine.getContainer(Id).kill().catch(unlessSo);
  }

  /** How far a restore has come: nothing of it in the volume, its tree being written, or its moves being made. */
  async progress(): Promise<"none" | "writing" | "moving"> {
    const area = (await readdir(this.#volume)).find(isSwapName);
    if (area === undefined) return "none";
    const moves = await stat(join(this.#volume, area, "journal.json")).catch(() => undefined);
    return moves === undefined ? "writing" : "moving";
  }

  /**
   * Resolves with what the volume holds once the app runs and nobody is about to change that. Throws when that does not come about,
   * when the app ever began with anything but all of one content, and when a service was started that did not run.
   */
  async settled({ sidecarLives }: { sidecarLives: boolean }): Promise<Content> {
    await this.#until("the app runs on a volume", async () => {
      const { State } = await this.#container("app").inspect();
      return State.Running && (await this.#foundSince(Date.parse(State.StartedAt) / 1000)).length > 0;
    });
    if (sidecarLives) await this.#until("the intervention is ended", async () => !(await this.#isOpen()));
    await this.#until("the guard goes", async () => !(await this.#guardRuns()));
    if (sidecarLives) await this.#until("nothing is left", async () => (await this.#oneOffs()).length === 0);
    const { State } = await this.#container("app").inspect();
    if (!State.Running) throw new Error(`the app does not run: ${JSON.stringify(State)}`);
    if ((await this.#container("idle").inspect()).State.Running) throw new Error("idle was started");
    const content = await this.#content();
    for (const found of await this.#foundSince(0))
      if (!WHOLE.test(found)) throw new Error(`the app ${found}`);
    return content;
  }

  async logs(): Promise<string> {
    const names = ["app", "backup"].map((service) => this.#nameOf(service));
    const all = [...names, ...(await this.#guards()).map(({ Id }) => Id)];
    const logs = all.map((id) =>
      run("/usr/bin/docker", ["logs", "--tail", "20", id], { env: this.#options.env }),
    );
    const journal = await readFile(this.#journal, "utf8").catch(() => "no journal");
    const told = (await Promise.all(logs)).map(({ stdout, stderr }) => `${stdout}${stderr}`);
    const left = (await this.#oneOffs()).map(({ Names, Command, Status }) =>
      [Names, Command, Status].join(" "),
    );
    const { State, Created } = await this.#container("app").inspect();
    const app = `app of ${Created}: ${JSON.stringify(State)}`;
    return [...told, app, journal, ...left].join("\n---\n");
  }

  /** Throws unless it is all of one, and of nothing else. */
  async #content(): Promise<Content> {
    // The old content is kept where nobody could tell any more whether services work with the new one.
    const names = (await readdir(this.#volume)).filter((name) => !isKeptName(name));
    const texts = new Set<string>();
    for (const name of names) {
      if (!/^f\d+$/.test(name)) throw new Error(`${name} is in the volume`);
      texts.add((await readFile(join(this.#volume, name), "utf8")).trim());
    }
    const [content] = texts;
    const isWhole = texts.size === 1 && (content === "point" || content === "now");
    if (!isWhole || names.length !== FILES || !names.includes(`f${FIRST[content]}`))
      throw new Error(`the volume holds ${names.length} files of ${[...texts].join(" and ")}`);
    return content;
  }

  get #journal(): string {
    return join(this.#directory, "state/intervention.json");
  }

  async #isOpen(): Promise<boolean> {
    return (await stat(this.#journal).catch(() => undefined)) !== undefined;
  }

  /** What the app found in its volume, each time it began since then: files, and how many of which content. */
  async #foundSince(seconds: number): Promise<string[]> {
    const said = await this.#container("app").logs({ stdout: true, stderr: false, since: seconds });
    return [...said.toString().matchAll(/found .*/g)].map(([line]) => line.replaceAll(/ +/g, " ").trim());
  }

  async #until(what: string, look: () => Promise<boolean | undefined>): Promise<void> {
    await waitUntil(what, look, LIMIT_MS);
  }

  async #guardRuns(): Promise<boolean> {
    return (await this.#guards()).some(({ State }) => State === "running");
  }

  #guards(): Promise<Docker.ContainerInfo[]> {
    return this.#list(`holdfast.guard=${this.project}`);
  }

  #oneOffs(): Promise<Docker.ContainerInfo[]> {
    return this.#list(`holdfast.stack=${this.project}`);
  }

  #list(label: string): Promise<Docker.ContainerInfo[]> {
    return this.#engine.listContainers({ all: true, filters: { label: [label] } });
  }

  #container(service: string): Docker.Container {
    return this.#engine.getContainer(this.#nameOf(service));
  }

  #nameOf(service: string): string {
    return `${this.project}-${service}-1`;
  }

  get #volumeName(): string {
    return `${this.project}_data`;
  }

  async #createService(service: string): Promise<void> {
    await docker(
      this.#options,
      ...["create", "--name", this.#nameOf(service), "--restart", "unless-stopped"],
      ...composeLabels(this.project, service, ""),
      ...[
        "--network",
        "none",
        "--volume",
        `${this.#volumeName}:/data`,
        "debian:bookworm-slim",
        "sh",
        "-c",
        APP,
      ],
    );
  }

  async #createSidecar(): Promise<void> {
    const mounts = [
      `${this.#options.socket}:/var/run/docker.sock`,
      `${this.#directory}/state:/var/lib/holdfast`,
      `${this.#directory}/archive:/archive`,
      `${this.#directory}/config:/etc/holdfast:ro`,
      `${this.#volumeName}:/source/data:ro`,
    ];
    await docker(
      this.#options,
      ...["create", "--name", this.#nameOf("backup"), ...composeLabels(this.project, "backup", "")],
      ...["--read-only", "--tmpfs", "/tmp", "--init", "--security-opt", "no-new-privileges:true"],
      ...["--cap-drop", "ALL", "--cap-add", "DAC_READ_SEARCH", "--network", "host"],
      ...mounts.flatMap((mount) => ["--volume", mount]),
      this.#options.image,
    );
  }
}

/** Started or ended already. */
function unlessSo(error: unknown): void {
  if (![304, 404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
}

function configOf(project: string, port: number): string {
  return [
    `stack: ${project}`,
    `guard: { after: ${AFTER_SECONDS}s }`,
    `http: { listen: "127.0.0.1:${port}" }`,
    "jobs:",
    "  data: { source: { kind: volume, path: /source/data } }",
    "",
  ].join("\n");
}
