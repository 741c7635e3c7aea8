/** The ContainerRuntime port on a Docker Engine, 20.10 or later, through dockerode. */
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { cancellation, hasCode, HoldfastError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type {
  CommandEnd,
  CommandOutput,
  Container,
  ContainerFilter,
  ContainerRequest,
  ContainerRuntime,
  EngineFacts,
  ExecRequest,
  Volume,
} from "../ports/container-runtime.ts";
import { asking, type Ask } from "./ask.ts";
import { connect, type Connection } from "./connect.ts";
import { COMPOSE, containerOf, volumeOf } from "./container-facts.ts";
import { settingsOf } from "./container-settings.ts";
import { demultiplex } from "./demultiplex.ts";
import { engineError, RIGHTS } from "./engine-errors.ts";
import { parseEngineAddress, type EngineAddress } from "./engine-address.ts";
import { findOwn, type OwnTraces } from "./find-own.ts";
import { readLogs } from "./read-logs.ts";
import { runExec } from "./run-exec.ts";
import { watchContainers } from "./watch-containers.ts";

/** The engine's answer to what is already so. */
const ALREADY = /is already paused|is not paused|already (?:started|stopped)/i;

export class DockerRuntime implements ContainerRuntime {
  readonly #shown: string;
  readonly #address: EngineAddress;
  readonly #own: OwnTraces;
  #connection: Promise<Connection> | undefined;

  /**
   * `address` as in DOCKER_HOST, `own` what tells which container this process runs in. Throws `usage` for what is no address;
   * nothing is connected before it is needed.
   */
  constructor(address: string, own: OwnTraces = {}) {
    this.#shown = address;
    this.#address = parseEngineAddress(address);
    this.#own = own;
  }

  async engine(signal: AbortSignal): Promise<EngineFacts> {
    return (await this.#connect(signal)).facts;
  }

  async ownContainer(signal: AbortSignal): Promise<Container | undefined> {
    if (this.#own.id === undefined) return undefined;
    const connected = await this.#with("Finding the container that this runs in", signal);
    const info = await findOwn(this.#own, connected);
    return info === undefined ? undefined : containerOf(info);
  }

  async containers(
    { project, service, labels = {} }: ContainerFilter,
    signal: AbortSignal,
  ): Promise<Container[]> {
    const { docker, ask } = await this.#with("Listing the containers", signal);
    const wanted = [
      ...(project === undefined ? [] : [`${COMPOSE.project}=${project}`]),
      ...(service === undefined ? [] : [`${COMPOSE.service}=${service}`]),
      ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ];
    const found = await ask("list", (abortSignal) =>
      docker.listContainers({ all: true, filters: { label: wanted }, abortSignal }),
    );
    const containers = await Promise.all(found.map(({ Id }) => this.#inspectIfThere(Id, signal)));
    return containers.flatMap((container) => container ?? []);
  }

  async inspect(id: string, signal: AbortSignal): Promise<Container> {
    const { docker, ask } = await this.#with(`Looking at container ${shortId(id)}`, signal);
    return containerOf(
      await ask("inspect", (abortSignal) => docker.getContainer(id).inspect({ abortSignal })),
    );
  }

  async pause(id: string, signal: AbortSignal): Promise<void> {
    await this.#change(`Pausing container ${shortId(id)}`, "pause", id, signal, (container, abortSignal) =>
      container.pause({ abortSignal }),
    );
  }

  async unpause(id: string, signal: AbortSignal): Promise<void> {
    await this.#change(
      `Unpausing container ${shortId(id)}`,
      "unpause",
      id,
      signal,
      (container, abortSignal) => container.unpause({ abortSignal }),
    );
  }

  async stop(
    id: string,
    { graceSeconds }: { graceSeconds: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#change(`Stopping container ${shortId(id)}`, "stop", id, signal, (container, abortSignal) =>
      container.stop({ ...(graceSeconds === undefined ? {} : { t: graceSeconds }), abortSignal }),
    );
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.#change(`Starting container ${shortId(id)}`, "start", id, signal, (container, abortSignal) =>
      container.start({ abortSignal }),
    );
  }

  async exec(id: string, request: ExecRequest, signal: AbortSignal): Promise<CommandEnd> {
    const what = `Running ${request.command[0] ?? "nothing"} in container ${shortId(id)}`;
    const { docker, ask } = await this.#with(what, signal);
    return runExec(ask, docker.getContainer(id), request, signal);
  }

  async create(request: ContainerRequest, signal: AbortSignal): Promise<string> {
    const { docker, ask } = await this.#with(`Making container ${request.name}`, signal);
    const container = await ask("create", (abortSignal) =>
      docker.createContainer({ ...settingsOf(request), abortSignal }),
    );
    try {
      for (const network of request.networks?.slice(1) ?? []) {
        await ask("connect", () => docker.getNetwork(network).connect({ Container: container.id }));
      }
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => undefined);
      throw error;
    }
    return container.id;
  }

  async attach(id: string, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd> {
    const { docker, ask } = await this.#with(`Running container ${shortId(id)}`, signal);
    const container = docker.getContainer(id);
    const stream = await ask("attach", (abortSignal) =>
      container.attach({ stream: true, stdout: true, stderr: true, hijack: true, abortSignal }),
    );
    const hangUp = () => (stream as unknown as Readable).destroy(signal.reason as Error);
    signal.addEventListener("abort", hangUp, { once: true });
    try {
      await ask("start", (abortSignal) => container.start({ abortSignal }));
      const lastWords = await demultiplex(stream as unknown as Readable, output);
      const { StatusCode } = (await ask("wait", (abortSignal) => container.wait({ abortSignal }))) as {
        StatusCode: number;
      };
      return { exitCode: StatusCode, lastWords };
    } finally {
      signal.removeEventListener("abort", hangUp);
      (stream as unknown as Readable).destroy();
    }
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with(`Removing container ${shortId(id)}`, signal);
    try {
      await ask("remove", (abortSignal) =>
        docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      if (hasCode(error, "not-found") || isUnderWay(error)) return;
      throw error;
    }
  }

  async *readPath(id: string, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const what = `Reading ${path} of container ${shortId(id)}`;
    const { docker, ask } = await this.#with(what, signal);
    const stream = await ask("archive", (abortSignal) =>
      docker.getContainer(id).getArchive({ path, abortSignal }),
    );
    try {
      yield* stream as unknown as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (signal.aborted) throw cancellation(signal, what);
      throw engineError(error, { what, right: RIGHTS.archive, address: this.#shown });
    }
  }

  async logsSince(id: string, since: Instant, signal: AbortSignal): Promise<string> {
    const { docker, ask } = await this.#with(`Reading the log of container ${shortId(id)}`, signal);
    return readLogs(ask, docker.getContainer(id), since);
  }

  async volumes({ project }: { project?: string | undefined }, signal: AbortSignal): Promise<Volume[]> {
    const { docker, ask } = await this.#with("Listing the volumes", signal);
    const filters = project === undefined ? {} : { label: [`${COMPOSE.project}=${project}`] };
    const { Volumes } = await ask("volumes", (abortSignal) => docker.listVolumes({ filters, abortSignal }));
    // An engine without any gives null.
    return ((Volumes as typeof Volumes | null) ?? []).map(volumeOf);
  }

  async watch({ project }: { project: string }, onChange: () => void, signal: AbortSignal): Promise<void> {
    const { docker, ask } = await this.#with("Watching the containers", signal);
    await watchContainers(ask, docker, { project, onChange, signal });
  }

  async #inspectIfThere(id: string, signal: AbortSignal): Promise<Container | undefined> {
    try {
      return await this.inspect(id, signal);
    } catch (error) {
      // Removed since it was listed.
      if (hasCode(error, "not-found")) return undefined;
      throw error;
    }
  }

  async #change(
    what: string,
    right: Parameters<Ask>[0],
    id: string,
    signal: AbortSignal,
    request: (container: Docker.Container, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const { docker, ask } = await this.#with(what, signal);
    try {
      await ask(right, (abortSignal) => request(docker.getContainer(id), abortSignal));
    } catch (error) {
      if (isAlreadySo(error)) return;
      throw error;
    }
  }

  async #with(what: string, signal: AbortSignal): Promise<{ docker: Docker; ask: Ask }> {
    const { docker } = await this.#connect(signal);
    return { docker, ask: asking(what, this.#shown, signal) };
  }

  /** Once for all; a failed attempt is made again by the next request. */
  async #connect(signal: AbortSignal): Promise<Connection> {
    this.#connection ??= connect(this.#address, this.#shown, signal);
    try {
      return await this.#connection;
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }
}

/** 304, or the words for it: engines differ. */
function isAlreadySo(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  const { statusCode } = (error.cause ?? {}) as { statusCode?: unknown };
  return statusCode === 304 || ALREADY.test(error.message);
}

function isUnderWay(error: unknown): boolean {
  return error instanceof HoldfastError && /already in progress/i.test(error.message);
}

function shortId(id: string): string {
  return id.slice(0, 12);
}
