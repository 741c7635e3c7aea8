/** How a container was made, in so far as another one may be made alike: what is not named here is not carried over. */
import type { ContainerInspectInfo } from "dockerode";
import type { ContainerBlueprint, ContainerRights, KeptSettings } from "../ports/copy-engine.ts";
import { containerOf } from "./container-facts.ts";

const CONFIG_KEPT = [
  ...([
    "Cmd",
    "Entrypoint",
    "Env",
    "User",
    "WorkingDir",
    "Healthcheck",
    "StopSignal",
    "StopTimeout",
  ] as const),
  ...(["Tty", "OpenStdin", "Shell", "Domainname"] as const),
] as const;

/** No log driver: what is written by a copy is not to be taken for what the service itself writes. */
const HOST_KEPT = [
  ...([
    "ReadonlyRootfs",
    "Init",
    "ShmSize",
    "Ulimits",
    "ExtraHosts",
    "GroupAdd",
    "Sysctls",
    "Runtime",
  ] as const),
  ...(["Memory", "MemorySwap", "MemoryReservation", "MemorySwappiness", "PidsLimit"] as const),
  ...(["NanoCpus", "CpuPeriod", "CpuQuota", "CpuShares", "CpusetCpus", "CpusetMems"] as const),
] as const;

/** What the types of the client leave out, or have as anything. */
interface HostFacts {
  Mounts?: readonly MountFacts[] | null;
  Tmpfs?: Readonly<Record<string, string>> | null;
  Devices?: readonly { PathOnHost: string }[] | null;
  DeviceRequests?: readonly { Driver?: string }[] | null;
  DeviceCgroupRules?: readonly string[] | null;
  CapAdd?: readonly string[] | null;
  CapDrop?: readonly string[] | null;
  SecurityOpt?: readonly string[] | null;
}

interface MountFacts {
  Type: string;
  Target: string;
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
  VolumeOptions?: { Subpath?: string };
}

export function blueprintOf(info: ContainerInspectInfo): ContainerBlueprint {
  const host = info.HostConfig as HostFacts;
  const mode = info.HostConfig.NetworkMode;
  return {
    container: containerOf(info),
    kept: keptOf(info, host),
    aliases: aliasesOf(info),
    network: mode === "host" || mode === "none" ? mode : "own",
    subpaths: Object.fromEntries(
      (host.Mounts ?? []).flatMap(({ Target, VolumeOptions }) =>
        VolumeOptions?.Subpath === undefined ? [] : [[Target, VolumeOptions.Subpath]],
      ),
    ),
    rights: rightsOf(info, host),
  };
}

function keptOf({ Id, Config, HostConfig }: ContainerInspectInfo, host: HostFacts): KeptSettings {
  const tmpfs = { ...host.Tmpfs, ...mountedTmpfs(host) };
  return {
    config: {
      ...picked(Config, CONFIG_KEPT),
      // The engine's own choice is of the id.
      ...(Id.startsWith(Config.Hostname) ? {} : { Hostname: Config.Hostname }),
    },
    host: {
      ...picked(HostConfig, HOST_KEPT),
      ...(Object.keys(tmpfs).length === 0 ? {} : { Tmpfs: tmpfs }),
    },
  };
}

/** What is not set is left to the engine. */
function picked(from: object, keys: readonly string[]): Record<string, unknown> {
  const all = from as Record<string, unknown>;
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = all[key];
      return value === undefined || value === null || value === "" || value === 0 ? [] : [[key, value]];
    }),
  );
}

function mountedTmpfs({ Mounts }: HostFacts): Record<string, string> {
  return Object.fromEntries(
    (Mounts ?? []).flatMap(({ Type, Target, TmpfsOptions = {} }) => {
      if (Type !== "tmpfs") return [];
      const { SizeBytes, Mode } = TmpfsOptions;
      const options = [
        ...(SizeBytes === undefined ? [] : [`size=${SizeBytes}`]),
        ...(Mode === undefined ? [] : [`mode=${Mode.toString(8)}`]),
      ];
      return [[Target, options.join(",")]];
    }),
  );
}

/** But that of the id, which engines add by themselves. */
function aliasesOf({ Id, NetworkSettings }: ContainerInspectInfo): string[] {
  const networks = Object.values(NetworkSettings.Networks ?? {}) as { Aliases?: string[] | null }[];
  const all = networks.flatMap(({ Aliases }) => Aliases ?? []);
  return [...new Set(all)].filter((alias) => alias.length < 12 || !Id.startsWith(alias));
}

function rightsOf({ HostConfig }: ContainerInspectInfo, host: HostFacts): ContainerRights {
  const { PidMode, IpcMode, UTSMode, UsernsMode, RestartPolicy } = HostConfig;
  const shared = { pid: PidMode, ipc: IpcMode, uts: UTSMode, userns: UsernsMode };
  return {
    privileged: HostConfig.Privileged === true,
    namespaces: Object.entries(shared).flatMap(([name, mode = ""]) =>
      mode === "host" || mode.startsWith("container:") ? name : [],
    ),
    devices: [
      ...(host.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
      ...(host.DeviceRequests ?? []).map(({ Driver }) => Driver ?? "gpu"),
      ...(host.DeviceCgroupRules ?? []),
    ],
    capAdd: plainCapabilities(host.CapAdd),
    capDrop: plainCapabilities(host.CapDrop),
    securityOpt: host.SecurityOpt ?? [],
    restarts: !["", "no", undefined].includes(RestartPolicy?.Name),
  };
}

/** Newer engines name them `CAP_CHOWN`. */
function plainCapabilities(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).map((name) => name.replace(/^CAP_/, ""));
}
