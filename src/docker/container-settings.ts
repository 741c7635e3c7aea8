/** A container of our own, in the engine's words: with no more rights than it was asked to have. */
import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { ContainerRequest, RequestedMount } from "../ports/container-runtime.ts";
import { BACKGROUND, limited } from "./limits.ts";

export function settingsOf(request: ContainerRequest): ContainerCreateOptions {
  const { name, image, command, env = {}, labels, mounts = [], networks = [], capabilities = [] } = request;
  const [network = "none"] = networks;
  const { mountsDisks = false, onHost = false, asItsImage = false } = request;
  return {
    name,
    Image: image,
    ...(asItsImage ? {} : { Entrypoint: [...command.slice(0, 1)], Cmd: [...command.slice(1)], User: "0:0" }),
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    Labels: { ...labels },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: network,
      Mounts: mounts.map(mountSettings),
      ...(asItsImage ? {} : { ReadonlyRootfs: true, Tmpfs: { "/tmp": "" } }),
      CapDrop: ["ALL"],
      CapAdd: [...capabilities],
      // Profiles of security modules forbid every mount, and the mount namespace of anybody else.
      SecurityOpt: [
        "no-new-privileges",
        ...(mountsDisks || onHost ? ["apparmor=unconfined", "label=disable"] : []),
      ],
      ...(mountsDisks ? { DeviceCgroupRules: ["b *:* r"] } : {}),
      ...(onHost ? { PidMode: "host", DeviceCgroupRules: ["b *:* rw"] } : {}),
      RestartPolicy: { Name: request.survivesEngine === true ? "always" : "no" },
      Init: true,
      ...(request.isBackground === true ? BACKGROUND : {}),
      ...limited({}, request.limits ?? {}),
      ...(request.keepsNoLog === true ? { LogConfig: { Type: "none", Config: {} } } : {}),
    },
  };
}

function mountSettings({ kind, source, destination, writable }: RequestedMount): MountSettings {
  return { Type: kind, Source: source, Target: destination, ReadOnly: !writable };
}
