/**
 * The container engine that the stack runs in. Ids are the engine's full container ids. Every call is one request of the
 * engine, or a few; none is retried here. An engine that cannot be reached is `runtime` (transient: it may be restarting);
 * a request that the engine, or a filtering proxy before it, does not allow is `runtime` too, naming the right that is missing;
 * what does not exist is `not-found`.
 */
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { ByteSink } from "./source.ts";

export interface ContainerRuntime {
  engine(signal: AbortSignal): Promise<EngineFacts>;
  /** The container this process runs in; undefined when it runs in none of this engine. */
  ownContainer(signal: AbortSignal): Promise<Container | undefined>;
  /** Running or not, those of a one-off command too; by Compose project where one is given. */
  containers(filter: ContainerFilter, signal: AbortSignal): Promise<Container[]>;
  inspect(id: string, signal: AbortSignal): Promise<Container>;
  /** Resolves once no process of it runs. Pausing what is paused and unpausing what is not is done already. */
  pause(id: string, signal: AbortSignal): Promise<void>;
  unpause(id: string, signal: AbortSignal): Promise<void>;
  /** Resolves once it has ended; killed after `graceSeconds`. Stopping what is stopped and starting what runs is done already. */
  stop(id: string, options: { graceSeconds: number | undefined }, signal: AbortSignal): Promise<void>;
  start(id: string, signal: AbortSignal): Promise<void>;
  /** Runs a command in a running container to its end. Its output goes to the sinks with backpressure. */
  exec(id: string, command: ExecRequest, signal: AbortSignal): Promise<CommandEnd>;
  /** Creates and starts a container of its own. The caller removes it. */
  create(request: ContainerRequest, signal: AbortSignal): Promise<string>;
  /** Output of a container made by `create`, from its start to its end, then its exit code. */
  attach(id: string, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd>;
  /** Kills it where it runs. Removing what is gone is done already. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /**
   * A file or directory of a container, running or not, as the chunks of a tar archive: a directory before what is in it, names in
   * byte order. Of a path that ends in `/.` the names begin with `./`, and a symlink is followed. What the engine cannot read to its
   * end, or not at all, it leaves out or stops at, without an error: only the tar's end tells that nothing is missing behind it.
   */
  readPath(id: string, path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** What a container wrote to its output since then, at most the newest megabyte. */
  logsSince(id: string, since: Instant, signal: AbortSignal): Promise<string>;
  /** The named volumes of the engine, those of one Compose project where one is given. */
  volumes(filter: { project?: string | undefined }, signal: AbortSignal): Promise<Volume[]>;
  /** Tells of every change to the containers of a project until the signal fires; ends with an error when the engine goes. */
  watch(filter: { project: string }, onChange: () => void, signal: AbortSignal): Promise<void>;
}

export interface EngineFacts {
  /** `29.1.2` */
  version: string;
  /** The version of the API that is spoken: the newest both sides know. */
  apiVersion: string;
}

export interface ContainerFilter {
  project?: string | undefined;
  service?: string | undefined;
  /** Labels with their values. */
  labels?: Readonly<Record<string, string>> | undefined;
}

export type ContainerState = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

export interface Container {
  id: string;
  /** Without the leading slash. */
  name: string;
  /** The image's id. */
  image: string;
  /** As it was asked for: `postgres:16`. */
  imageName?: string | undefined;
  state: ContainerState;
  /** Of its health check; undefined when it has none. */
  health: "starting" | "healthy" | "unhealthy" | undefined;
  startedAt: Instant | undefined;
  /** Of one that has ended. */
  exitCode?: number | undefined;
  /** Commands that run in it beside its own, those of health checks included. */
  execs?: number | undefined;
  /** Of its health check; undefined when it has none. */
  probe?: { every: Milliseconds; nextAt: Instant } | undefined;
  labels: Readonly<Record<string, string>>;
  /** From the labels that Compose sets; undefined in a container that is not of a project. */
  compose: ComposeFacts | undefined;
  mounts: readonly ContainerMount[];
  networks: readonly string[];
  /** Of the container in whose network it lives (`network_mode: service:…`). */
  networkOf: string | undefined;
}

export interface ComposeFacts {
  project: string;
  service: string;
  /** Counts from 1 where the service has replicas. */
  number: number;
  /** A container of `docker compose run`. */
  oneOff: boolean;
  /** Names of services that it needs. */
  dependsOn: readonly string[];
  /** Id or name of the container that this one takes the place of: while both are there, that one counts no more. */
  replaces?: string | undefined;
}

export interface ContainerMount {
  kind: "bind" | "volume" | "tmpfs" | "other";
  /** Of a named volume. */
  volume: string | undefined;
  /** Path on the host. */
  source: string;
  /** Path in the container. */
  destination: string;
  writable: boolean;
}

export interface Volume {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** From the labels that Compose sets. */
  project: string | undefined;
  /** Its key in the Compose file, without the project. */
  key: string | undefined;
  driver: string;
}

export interface CommandOutput {
  stdout: ByteSink;
  /** Its last bytes, up to 64 KiB, are also in the end. */
  stderr?: ByteSink | undefined;
}

export interface ExecRequest extends CommandOutput {
  command: readonly string[];
  user?: string | undefined;
  workingDirectory?: string | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  /** Given to it, then its input is closed. */
  stdin?: AsyncIterable<Uint8Array> | undefined;
}

export interface CommandEnd {
  exitCode: number;
  /** The last 64 KiB of its standard error, as text. */
  lastWords: string;
}

export interface ContainerRequest {
  /** Must be free. */
  name: string;
  image: string;
  command: readonly string[];
  env?: Readonly<Record<string, string>> | undefined;
  labels: Readonly<Record<string, string>>;
  mounts?: readonly RequestedMount[] | undefined;
  /** Names of networks; none: it has no network. */
  networks?: readonly string[] | undefined;
  /** Linux capabilities it has, beside none. */
  capabilities?: readonly string[] | undefined;
  /** Starts again after the engine did. */
  survivesEngine?: boolean | undefined;
  /** May mount block devices of the machine, in its own mount namespace and to read them. */
  mountsDisks?: boolean | undefined;
  /** Sees the machine's processes, and may mount block devices in their mount namespace: root on the machine, whatever else it lacks. */
  onHost?: boolean | undefined;
  /** Does what its image says, as the user that this says, and may write to its own files; `command` is empty. */
  asItsImage?: boolean | undefined;
  /** Others come first for the processor, and it is the first to be ended where memory runs out. */
  isBackground?: boolean | undefined;
  /** Its output goes to whoever is attached and is kept nowhere. */
  keepsNoLog?: boolean | undefined;
  limits?: ContainerLimits | undefined;
}

export interface RequestedMount {
  kind: "bind" | "volume";
  /** Path on the host, or name of the volume. */
  source: string;
  /** Path in the container. */
  destination: string;
  writable: boolean;
}

/** What it may take at most. */
export interface ContainerLimits {
  /** Of processors: 1.5 */
  cpus?: number | undefined;
  /** Bytes. */
  memory?: number | undefined;
  /** Gets less of a busy machine than everybody else, and is what the machine ends first when memory is short. */
  yields?: boolean | undefined;
}
