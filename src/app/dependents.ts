/** Which services of the stack depend on one: they would work with what is being replaced. */
import type { ContainerRuntime } from "../ports/container-runtime.ts";

/** Directly, by the Compose file, and but for that of this process. */
export async function dependentsOf(
  service: string,
  { runtime, project: fallback }: { runtime: ContainerRuntime; project: string },
  signal: AbortSignal,
): Promise<string[]> {
  const own = await runtime.ownContainer(signal);
  const project = own?.compose?.project ?? fallback;
  const found = (await runtime.containers({ project }, signal)).flatMap(({ compose }) =>
    compose !== undefined && !compose.oneOff && compose.dependsOn.includes(service) ? [compose.service] : [],
  );
  return [...new Set(found)].filter((name) => name !== own?.compose?.service).sort();
}
