/** The containers that write to a source which this one may only read: of the same image, with the same mounts. */
import type { ContainerMount, ContainerRequest, RequestedMount } from "../../ports/container-runtime.ts";
import type { SettleRequest } from "../../ports/intervention-journal.ts";
import type { MountedSource } from "./mounted-source.ts";

/** To give files to their owners, with their modes and attributes, whoever owns the directories they are in. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP"] as const;

/** What the engine sets in each container by itself. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(["HOSTNAME", "HOME", "PATH", "PWD", "TERM"]);

export interface SettlingContainer {
  name: string;
  source: Pick<MountedSource, "own" | "mount">;
  command: readonly string[];
  labels: Readonly<Record<string, string>>;
}

export interface RestoringContainer extends SettlingContainer {
  /** Of this process: what the config takes from it has to be the same there. */
  environment: Readonly<Record<string, string | undefined>>;
  withDevices: boolean;
}

/** Works in the source alone: it knows no config, store or network. */
export function settlingContainer({ name, source, command, labels }: SettlingContainer): SettleRequest {
  const { own, mount } = source;
  return {
    ...{ name, image: own.image, command, labels },
    mounts: [...new Set([...own.mounts, mount])].flatMap((each) => requested(each, each === mount) ?? []),
    capabilities: CAPABILITIES,
  };
}

/** The same with all that this process has to read the config and the stores. */
export function restoringContainer(of: RestoringContainer): ContainerRequest {
  const { own } = of.source;
  return {
    ...settlingContainer(of),
    env: environmentFor(of),
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
