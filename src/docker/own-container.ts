/** Which container this process runs in. */
import { readFile } from "node:fs/promises";

/** The engine mounts a container's host name from a folder named by the container's id, in every cgroup layout. */
const HOSTNAME_MOUNT = /\/containers\/([0-9a-f]{64})\/(?:hostname|resolv\.conf|hosts) /;

/** The id; undefined when this is no container's process. */
export async function ownContainerId(mountTable = "/proc/self/mountinfo"): Promise<string | undefined> {
  try {
    return HOSTNAME_MOUNT.exec(await readFile(mountTable, "utf8"))?.[1];
  } catch {
    // No /proc, no container of Linux.
    return undefined;
  }
}
