/** A container of a copy, in the engine's words. */
import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { CopiedContainer, CopiedMount } from "../ports/copy-engine.ts";
import { limited } from "./limits.ts";

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
