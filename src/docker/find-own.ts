/** Which of the engine's containers this process runs in. */
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { hasCode } from "../domain/errors.ts";
import type { Ask } from "./ask.ts";

export interface OwnTraces {
  /** Of our own container, or of the one whose network it shares. */
  id?: string | undefined;
  /** The directory that takes what is written in our own; perhaps relative to where the engine keeps them. */
  layer?: string | undefined;
}

/** Undefined when it is none of this engine's. */
export async function findOwn(
  { id, layer }: OwnTraces,
  { docker, ask }: { docker: Docker; ask: Ask },
): Promise<ContainerInspectInfo | undefined> {
  if (id === undefined) return undefined;
  const inspect = (one: string) =>
    ask("inspect", (abortSignal) => docker.getContainer(one).inspect({ abortSignal })).catch(unlessGone);
  const named = await inspect(id);
  if (named === undefined || hasLayer(named, layer)) return named;
  const all = await ask("list", (abortSignal) => docker.listContainers({ abortSignal }));
  for (const { Id, HostConfig } of all) {
    if (HostConfig.NetworkMode !== `container:${id}`) continue;
    const info = await inspect(Id);
    if (info !== undefined && hasLayer(info, layer)) return info;
  }
  return named;
}

/** Yes where either side does not tell: then the id is all there is. */
function hasLayer({ GraphDriver }: ContainerInspectInfo, layer: string | undefined): boolean {
  const told = (GraphDriver as { Data?: { UpperDir?: string } | null } | undefined)?.Data?.UpperDir;
  return told === undefined || layer === undefined || told === layer || told.endsWith(`/${layer}`);
}

function unlessGone(error: unknown): undefined {
  if (!hasCode(error, "not-found")) throw error;
}
