/** By what a process knows the container that it runs in: its own table of mounts. */
import { readFileSync } from "node:fs";

export interface ContainerTraces {
  /** That of the container whose network it uses: mostly its own, another one's under `network_mode: service:…`. */
  id: string | undefined;
  /** Directory on the engine's machine that takes what is written in the container: as long as it exists, and no other's of its engine. */
  layer: string | undefined;
}

/** The engine mounts host name and hosts from a folder named by the container's id, in every cgroup layout. */
const NETWORK_MOUNT = /\/containers\/([0-9a-f]{64})\/(?:hostname|resolv\.conf|hosts) /;
/** The overlay of the root directory, proc_pid_mountinfo(5). */
const ROOT_LAYER = /^\d+ \d+ \S+ \S+ \/ .* - overlay .*[ ,]upperdir=([^, ]+)/m;

/** Nothing of it outside of a container of Linux. */
export function ownContainerTraces(proc = "/proc"): ContainerTraces {
  try {
    const mounts = readFileSync(`${proc}/self/mountinfo`, "utf8");
    return { id: NETWORK_MOUNT.exec(mounts)?.[1], layer: ROOT_LAYER.exec(mounts)?.[1] };
  } catch {
    return { id: undefined, layer: undefined };
  }
}
