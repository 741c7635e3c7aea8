/** The containers of a stack that is shot at, as Compose would make them, and what the engine says of them. */
import Docker from "dockerode";
import { run } from "../../e2e/lab/command.ts";
import { docker, type DockerAccess } from "../../e2e/lab/images.ts";

export interface ShotStackOptions extends DockerAccess {
  /** Path of the engine's socket on this machine. */
  socket: string;
  image: string;
}

/** Whether the engine starts each again by itself. `idle` is stopped and `fresh` was never started; the others run. */
export const SERVICES = { app: true, worker: true, plain: false, idle: true, fresh: true } as const;
export type Service = keyof typeof SERVICES;

/** Ends soon when it is asked to, and writes until then. */
const WRITER = `trap "exit 0" TERM; while :; do date > /data/beat-$HOSTNAME; sleep 0.5 & wait $!; done`;
const SIDECAR = "backup";

export class ShotContainers {
  readonly #options: ShotStackOptions;
  readonly #project: string;
  readonly #engine: Docker;

  constructor(project: string, options: ShotStackOptions) {
    this.#project = project;
    this.#options = options;
    this.#engine = new Docker({ socketPath: options.socket });
  }

  async create(service: Service): Promise<void> {
    const dependsOn = service === "worker" ? "app:service_started:false" : "";
    const restart = SERVICES[service] ? "unless-stopped" : "no";
    await this.#docker(
      ...["create", "--name", this.nameOf(service), "--restart", restart],
      ...composeLabels(this.#project, service, dependsOn),
      ...["--network", "none", "--tmpfs", "/data", "debian:bookworm-slim", "sh", "-c", WRITER],
    );
  }

  /** `directory` has its state, archive, source and config. */
  async createSidecar(directory: string): Promise<void> {
    const mounts = [
      `${this.#options.socket}:/var/run/docker.sock`,
      `${directory}/state:/var/lib/holdfast`,
      `${directory}/archive:/archive`,
      `${directory}/data:/source/data:ro`,
      `${directory}/config:/etc/holdfast:ro`,
    ];
    await this.#docker(
      ...["create", "--name", this.nameOf(SIDECAR), ...composeLabels(this.#project, SIDECAR, "")],
      ...["--read-only", "--tmpfs", "/tmp", "--init", "--security-opt", "no-new-privileges:true"],
      ...["--cap-drop", "ALL", "--cap-add", "DAC_READ_SEARCH", "--network", "host"],
      ...mounts.flatMap((mount) => ["--volume", mount]),
      this.#options.image,
    );
  }

  start(service: Service | typeof SIDECAR): Promise<unknown> {
    return this.#engine.getContainer(this.nameOf(service)).start();
  }

  stop(service: Service): Promise<unknown> {
    return this.#engine.getContainer(this.nameOf(service)).stop();
  }

  remove(service: Service | typeof SIDECAR): Promise<unknown> {
    return this.#engine.getContainer(this.nameOf(service)).remove({ force: true });
  }

  async killSidecar(): Promise<void> {
    await this.#engine.getContainer(this.nameOf(SIDECAR)).kill({ signal: "SIGKILL" });
  }

  /** Service, to the state of its container. */
  async states(): Promise<Record<string, string>> {
    const all = await this.#ofStack();
    const stateOf = (service: string) =>
      all.find(({ Names }) => Names.includes(`/${this.nameOf(service)}`))?.State ?? "missing";
    return Object.fromEntries(Object.keys(SERVICES).map((service) => [service, stateOf(service)]));
  }

  /** What kept the engine from starting it the last time. */
  async errorOf(service: string): Promise<string> {
    return (await this.#engine.getContainer(this.nameOf(service)).inspect()).State.Error;
  }

  async guardRuns(): Promise<boolean> {
    return (await this.#guards()).some(({ State }) => State === "running");
  }

  /** The last words of the sidecar and of its guards, and since when what runs. */
  async logs(): Promise<string> {
    const stack = (await this.#ofStack()).map(({ Id }) => Id);
    const ids = [this.nameOf(SIDECAR), ...(await this.#guards()).map(({ Id }) => Id)];
    const format = "{{.Name}} {{json .State}}";
    const asked = [
      ["inspect", "--format", format, ...stack],
      ...ids.map((id) => ["logs", "--tail", "15", id]),
    ];
    const told = asked.map((args) => run("/usr/bin/docker", args, { env: this.#options.env }));
    return (await Promise.all(told)).map(({ stdout, stderr }) => `${stdout}${stderr}`).join("\n---\n");
  }

  async removeAll(): Promise<void> {
    const all = [...(await this.#ofStack()), ...(await this.#guards())];
    for (const { Id } of all) await this.#engine.getContainer(Id).remove({ force: true, v: true });
  }

  nameOf(service: string): string {
    return `${this.#project}-${service}-1`;
  }

  #ofStack(): Promise<Docker.ContainerInfo[]> {
    return this.#list(`com.docker.compose.project=${this.#project}`);
  }

  #guards(): Promise<Docker.ContainerInfo[]> {
    return this.#list(`holdfast.guard=${this.#project}`);
  }

  #list(label: string): Promise<Docker.ContainerInfo[]> {
    return this.#engine.listContainers({ all: true, filters: { label: [label] } });
  }

  #docker(...args: string[]): Promise<string> {
    return docker(this.#options, ...args);
  }
}

/** As Compose writes them. */
export function composeLabels(project: string, service: string, dependsOn: string): string[] {
  const labels = { project, service, "container-number": "1", oneoff: "False", depends_on: dependsOn };
  return Object.entries(labels).flatMap(([key, value]) => ["--label", `com.docker.compose.${key}=${value}`]);
}
