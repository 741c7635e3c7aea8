/** A container of a copy, in the engine's words. */
import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { ContainerLimits, CopiedContainer, CopiedMount, KeptSettings } from "../ports/copy-engine.ts";

/** Of processor time, where everybody else has 1024. */
const YIELDING_SHARES = 128;
/** Among 1000: it goes before what has said nothing. */
const YIELDING_SCORE = 500;
/** A loop of errors is not to fill the disk. */
const LOG = { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } };
const RESTARTS = 10;

export function copiedSettings(of: CopiedContainer): ContainerCreateOptions & { name: string } {
  const { name, image, labels, kept, network, mounts, capAdd, capDrop, securityOpt, restarts, limits } = of;
  return {
    ...kept.config,
    name,
    Image: image,
    Labels: { ...labels },
    HostConfig: {
      ...limited(kept.host, limits),
      NetworkMode:
        network === undefined ? "none" : "of" in network ? `container:${network.of}` : network.name,
      Mounts: mounts.map(mountSettings),
      CapAdd: [...capAdd],
      CapDrop: [...capDrop],
      SecurityOpt: [...securityOpt],
      RestartPolicy: restarts ? { Name: "on-failure", MaximumRetryCount: RESTARTS } : { Name: "no" },
      LogConfig: LOG,
    },
    ...(network !== undefined && "name" in network
      ? { NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: [...network.aliases] } } } }
      : {}),
  };
}

function mountSettings(mount: CopiedMount): MountSettings {
  if (mount.kind === "anonymous")
    return { Type: "volume", Source: "", Target: mount.destination, ReadOnly: false };
  const { kind, source, destination, writable, subpath } = mount;
  const settings = { Type: kind, Source: source, Target: destination, ReadOnly: !writable };
  if (subpath === undefined) return settings;
  return { ...settings, VolumeOptions: { Subpath: subpath } } as unknown as MountSettings;
}

/** The smaller of the two counts; what would contradict it goes. */
function limited(
  host: KeptSettings["host"],
  { cpus, memory, yields = false }: ContainerLimits,
): Record<string, unknown> {
  const { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap, MemoryReservation, ...rest } =
    host as HostConfig;
  const ofCpus = cpus === undefined ? undefined : Math.round(cpus * 1e9);
  return {
    ...rest,
    ...(ofCpus === undefined
      ? defined({ NanoCpus, CpuPeriod, CpuQuota })
      : { NanoCpus: Math.min(ofCpus, NanoCpus ?? Infinity, quota(CpuPeriod, CpuQuota)) }),
    ...(memory === undefined
      ? defined({ Memory, MemorySwap, MemoryReservation })
      : { Memory: Math.min(memory, Memory ?? Infinity) }),
    ...(yields ? { CpuShares: YIELDING_SHARES, OomScoreAdj: YIELDING_SCORE } : {}),
  };
}

/** The engine's own period is 100 ms. */
function quota(period = 100_000, ofPeriod: number | undefined): number {
  return ofPeriod === undefined || ofPeriod <= 0 ? Infinity : Math.round((ofPeriod / period) * 1e9);
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
