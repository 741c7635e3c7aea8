/** The container that writes to a source which this one may only read: of the same image, with the same mounts and settings. */
import type { ContainerMount, ContainerRequest, RequestedMount } from "../../ports/container-runtime.ts";
import type { MountedSource } from "./mounted-source.ts";

/** To give files to their owners, with their modes and attributes, whoever owns the directories they are in. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP"] as const;

/** What the engine sets in each container by itself. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(["HOSTNAME", "HOME", "PATH", "PWD", "TERM"]);

export interface RestoringContainer {
  name: string;
  source: Pick<MountedSource, "own" | "mount">;
  command: readonly string[];
  /** Of this process: what the config takes from it has to be the same there. */
  environment: Readonly<Record<string, string | undefined>>;
  labels: Readonly<Record<string, string>>;
  withDevices: boolean;
}

export function restoringContainer(of: RestoringContainer): ContainerRequest {
  const { own, mount } = of.source;
  return {
    name: of.name,
    image: own.image,
    command: of.command,
    env: environmentFor(of),
    labels: of.labels,
    mounts: own.mounts.flatMap((each) => requested(each, each === mount) ?? []),
    networks: own.networkOf === undefined ? own.networks : [`container:${own.networkOf}`],
    capabilities: [...CAPABILITIES, ...(of.withDevices ? ["MKNOD"] : [])],
    keepsNoLog: true,
  };
}

function environmentFor({ environment, source }: RestoringContainer): Record<string, string> {
  const given = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined || OF_THE_ENGINE.has(name) ? [] : [[name, value]],
  );
  const project = source.own.compose?.project;
  const stack = project === undefined ? {} : { COMPOSE_PROJECT_NAME: project };
  return { ...stack, ...Object.fromEntries(given.filter(([, value]) => value !== "")) };
}

function requested(
  { kind, volume, source, destination, writable }: ContainerMount,
  isSource: boolean,
): RequestedMount | undefined {
  const at = { destination, writable: writable || isSource };
  if (kind === "bind") return { kind, source, ...at };
  return volume === undefined ? undefined : { kind: "volume", source: volume, ...at };
}
