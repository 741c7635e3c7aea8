/**
 * What a container engine can do to make a Compose project a second time, beside the one that runs. Errors are those of
 * ContainerRuntime. What is made is the caller's to remove.
 */
import type { Container, ContainerLimits, RequestedMount } from "./container-runtime.ts";

export interface CopyEngine {
  /** How the containers of a project were made, running or not, so that others can be made like them. */
  blueprints(project: string, signal: AbortSignal): Promise<ContainerBlueprint[]>;
  networks(filter: { labels: Labels }, signal: AbortSignal): Promise<NamedThing[]>;
  /** One that leads nowhere but to its own containers, and has no port of the host. */
  createNetwork(of: NamedThing, signal: AbortSignal): Promise<void>;
  /** Empty, and on the engine's own disk. */
  createVolume(of: NamedThing, signal: AbortSignal): Promise<void>;
  /** Creates it without starting it; gives its id. */
  createContainer(of: CopiedContainer, signal: AbortSignal): Promise<string>;
  /** Removing what is gone is done already. */
  removeNetwork(name: string, signal: AbortSignal): Promise<void>;
  removeVolume(name: string, signal: AbortSignal): Promise<void>;
}

type Labels = Readonly<Record<string, string>>;

export interface NamedThing {
  name: string;
  labels: Labels;
}

/** Settings that are the same in a copy, in the engine's own words: command, environment, user, health check, files in memory, limits. */
export interface KeptSettings {
  config: Readonly<Record<string, unknown>>;
  host: Readonly<Record<string, unknown>>;
}

export interface ContainerBlueprint {
  container: Container;
  kept: KeptSettings;
  /** Names by which others find it, in all its networks. */
  aliases: readonly string[];
  /** Containers in which `network_mode` or links name another one are found by it. */
  network: "own" | "host" | "none";
  /** By their places in the container: where in a volume they begin. */
  subpaths: Readonly<Record<string, string>>;
  rights: ContainerRights;
}

/** What reaches beyond the container itself. */
export interface ContainerRights {
  privileged: boolean;
  /** Of the host: `pid`, `ipc`, `uts`, `userns`, `cgroup`. */
  namespaces: readonly string[];
  /** Paths on the host, or what a driver was asked for. */
  devices: readonly string[];
  capAdd: readonly string[];
  capDrop: readonly string[];
  securityOpt: readonly string[];
  restarts: boolean;
}

/** One that does what another does, and reaches nothing that one reaches. */
export interface CopiedContainer extends NamedThing {
  image: string;
  kept: KeptSettings;
  mounts: readonly CopiedMount[];
  /** A network, that of another container by its name, or none. */
  network: { name: string; aliases: readonly string[] } | { of: string } | undefined;
  capAdd: readonly string[];
  capDrop: readonly string[];
  securityOpt: readonly string[];
  /** Started again some times when it fails, never with the engine. */
  restarts: boolean;
  limits: ContainerLimits;
}

/** A volume without a name is an empty one that goes with its container. */
export type CopiedMount =
  (RequestedMount & { subpath?: string | undefined }) | { kind: "anonymous"; destination: string };
