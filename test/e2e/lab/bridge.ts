/** Where containers reach what a test serves on this machine. */
import { docker, type DockerAccess } from "./images.ts";

/** The end of the engine's own bridge where this machine is. */
export async function bridgeOf(lab: DockerAccess): Promise<string> {
  const gateway = "{{(index .IPAM.Config 0).Gateway}}";
  return (await docker(lab, "network", "inspect", "--format", gateway, "bridge")).trim();
}
