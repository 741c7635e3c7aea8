/** A container engine in memory. Its containers do nothing, but commands in them are run, as processes of this machine. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cancellation, HoldfastError } from "../../src/domain/errors.ts";
import { readDirectory } from "./engine-files.ts";
import type {
  CommandEnd,
  CommandOutput,
  Container,
  ContainerFilter,
  ContainerRequest,
  ContainerRuntime,
  ExecRequest,
  Volume,
} from "../../src/ports/container-runtime.ts";

export interface ServiceSpec {
  service: string;
  project?: string;
  number?: number;
  state?: Container["state"];
  dependsOn?: readonly string[];
  oneOff?: boolean;
  networkOf?: string;
  mounts?: Container["mounts"];
  networks?: readonly string[];
  labels?: Readonly<Record<string, string>>;
  /** Id or name of the container whose place it takes. */
  replaces?: string;
  health?: Container["health"];
}

const PROJECT = "stack";

export class MemoryEngine implements ContainerRuntime {
  /** What was done to containers, by name: `pause app`. */
  readonly done: string[] = [];
  /** Called before each change, with `pause app`; may throw, or kill whoever asks. */
  beforeChange: (change: string) => void | Promise<void> = () => undefined;
  /** What it sends of a path of a container: of all of them the same directory of this machine. */
  send = (_container: Container, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> =>
    readDirectory(this.files, path, { signal });
  /** The root of every container. */
  files = "/nowhere";
  own: string | undefined;
  /** While it is set, nobody answers: the engine restarts. */
  isGone = false;
  /** Every container that was asked for. */
  readonly requests: ContainerRequest[] = [];
  readonly #containers = new Map<string, Container & { command: readonly string[] }>();
  readonly volumesThere: Volume[] = [];
  /** Of every container; an error is thrown. */
  logs: string | Error = "";
  /** From when on the log of a container was asked for last, by its name. */
  readonly logsAsked = new Map<string, number>();
  #now = 1_000;

  /** A container as Compose makes it; gives its id. */
  addService(spec: ServiceSpec): string {
    const { service, project = PROJECT, number = 1, state = "running" } = spec;
    const id = this.#add({
      name: `${project}-${service}-${number}`,
      image: "image",
      command: [],
      labels: {
        ...spec.labels,
        ...(spec.replaces === undefined ? {} : { "com.docker.compose.replace": spec.replaces }),
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": String(number),
        "com.docker.compose.oneoff": spec.oneOff === true ? "True" : "False",
        "com.docker.compose.depends_on": (spec.dependsOn ?? [])
          .map((on) => `${on}:service_started:false`)
          .join(","),
      },
    });
    const { networkOf, mounts = [], networks = [], health } = spec;
    this.#set(id, { state, health, networkOf, mounts, networks, startedAt: this.#tick() });
    return id;
  }

  /** Compose makes a container anew under another id. */
  recreate(id: string, state: Container["state"]): string {
    const { name, image, labels, command } = this.#of(id, "Recreating it");
    this.#containers.delete(id);
    const successor = this.#add({ name, image, labels, command });
    this.#set(successor, { state });
    return successor;
  }

  stateOf(id: string): Container["state"] | undefined {
    return this.#containers.get(id)?.state;
  }

  setState(id: string, state: Container["state"]): void {
    this.#set(id, { state, ...(state === "running" ? { startedAt: this.#tick() } : {}) });
  }

  /** When it began, each time that somebody looks. */
  setStart(id: string, startedAt: () => number): void {
    const container = this.#of(id, "Changing it");
    this.#containers.set(
      id,
      Object.defineProperty({ ...container }, "startedAt", { get: startedAt, enumerable: true }),
    );
  }

  /** What runs in a container beside its own command, and when it is probed next. */
  setCommands(id: string, commands: Pick<Container, "execs" | "probe">): void {
    this.#set(id, commands);
  }

  /** Of every container whose health is `from`. */
  setHealth(from: Container["health"], to: Container["health"]): void {
    for (const { id, health } of this.#containers.values())
      if (health === from) this.#set(id, { health: to });
  }

  async engine(): Promise<{ version: string; apiVersion: string }> {
    return { version: "memory", apiVersion: "1.41" };
  }

  async ownContainer(): Promise<Container | undefined> {
    return this.own === undefined ? undefined : this.#containers.get(this.own);
  }

  async containers({ project, service, labels = {} }: ContainerFilter): Promise<Container[]> {
    return [...this.#containers.values()].filter(
      (container) =>
        (project === undefined || container.compose?.project === project) &&
        (service === undefined || container.compose?.service === service) &&
        Object.entries(labels).every(([name, value]) => container.labels[name] === value),
    );
  }

  async inspect(id: string): Promise<Container> {
    return { ...this.#of(id, "Looking at it") };
  }

  async pause(id: string): Promise<void> {
    await this.#change("pause", id, (state) => (state === "running" ? "paused" : state));
  }

  async unpause(id: string): Promise<void> {
    await this.#change("unpause", id, (state) => (state === "paused" ? "running" : state));
  }

  async stop(id: string): Promise<void> {
    await this.#change("stop", id, (state) => (state === "created" ? state : "exited"));
  }

  async start(id: string): Promise<void> {
    await this.#change("start", id, (state) => {
      if (state !== "running") this.#set(id, { startedAt: this.#tick() });
      return "running";
    });
  }

  async exec(id: string, request: ExecRequest, signal: AbortSignal): Promise<CommandEnd> {
    this.#of(id, "Running a command");
    return runHere(request.command, request, signal, request);
  }

  async create(request: ContainerRequest): Promise<string> {
    await this.beforeChange(`create ${request.name}`);
    this.requests.push(request);
    return this.#add(request);
  }

  async attach(id: string, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd> {
    this.#set(id, { state: "running", startedAt: this.#tick() });
    const end = await runHere(this.#of(id, "Running it").command, output, signal);
    this.#set(id, { state: "exited" });
    return end;
  }

  async remove(id: string): Promise<void> {
    this.#containers.delete(id);
  }

  readPath(id: string, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.send(this.#of(id, `Reading ${path}`), path, signal);
  }

  async logsSince(id: string, since: number): Promise<string> {
    this.logsAsked.set(this.#of(id, "Reading its log").name, since);
    if (this.logs instanceof Error) throw this.logs;
    return this.logs;
  }

  async volumes({ project }: { project?: string | undefined }): Promise<Volume[]> {
    return this.volumesThere.filter((volume) => project === undefined || volume.project === project);
  }

  async watch(_filter: object, _onChange: () => void, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await once(signal, "abort");
  }

  async #change(
    change: string,
    id: string,
    next: (state: Container["state"]) => Container["state"],
  ): Promise<void> {
    const { name } = this.#of(id, `To ${change} it`);
    await this.beforeChange(`${change} ${name}`);
    this.done.push(`${change} ${name}`);
    this.#set(id, { state: next(this.#of(id, `To ${change} it`).state) });
  }

  #add(request: ContainerRequest): string {
    const id = randomBytes(32).toString("hex");
    const { labels, name, image, command } = request;
    const project = labels["com.docker.compose.project"];
    const dependsOn = labels["com.docker.compose.depends_on"] ?? "";
    this.#containers.set(id, {
      ...{ id, name, image, labels, command, state: "created", health: undefined, startedAt: undefined },
      compose:
        project === undefined
          ? undefined
          : {
              project,
              service: labels["com.docker.compose.service"] ?? "",
              number: Number(labels["com.docker.compose.container-number"]),
              oneOff: labels["com.docker.compose.oneoff"] === "True",
              dependsOn: dependsOn.split(",").flatMap((one) => one.split(":")[0] || []),
              replaces: labels["com.docker.compose.replace"],
            },
      ...{ mounts: [], networks: [], networkOf: undefined },
    });
    return id;
  }

  #of(id: string, what: string): Container & { command: readonly string[] } {
    if (this.isGone) {
      throw new HoldfastError("runtime", { what, why: "no container engine answers there", transient: true });
    }
    const container =
      this.#containers.get(id) ?? [...this.#containers.values()].find((one) => one.name === id);
    if (container !== undefined) return container;
    throw new HoldfastError("not-found", { what, why: `there is no container ${id.slice(0, 12)}` });
  }

  #set(id: string, facts: Partial<Container>): void {
    this.#containers.set(id, { ...this.#of(id, "Changing it"), ...facts });
  }

  #tick(): number {
    return (this.#now += 1_000);
  }
}

async function runHere(
  command: readonly string[],
  output: CommandOutput,
  signal: AbortSignal,
  { stdin, env }: Pick<ExecRequest, "stdin" | "env"> = {},
): Promise<CommandEnd> {
  if (signal.aborted) throw cancellation(signal, "Running a command");
  const child = spawn(command[0] ?? "", command.slice(1), {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  const ended = once(child, "close") as Promise<[number | null]>;
  let lastWords = "";
  child.stderr.on("data", (text: Buffer) => (lastWords += text.toString()));
  // It may end without reading what it is given.
  child.stdin.on("error", () => undefined);
  try {
    for await (const chunk of stdin ?? []) child.stdin.write(chunk);
  } catch (error) {
    kill();
    throw error;
  }
  child.stdin.end();
  for await (const chunk of child.stdout) await output.stdout.write(chunk as Uint8Array);
  const [exitCode] = await ended;
  signal.removeEventListener("abort", kill);
  if (signal.aborted) throw cancellation(signal, "Running a command");
  return { exitCode: exitCode ?? 137, lastWords: lastWords.trim() };
}
