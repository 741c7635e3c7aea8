/** Where volumes that are sources by their name are mounted in this container. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import { isNamedIn } from "../domain/jobs-of-stack.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import { lookAtVolumes } from "./stack-volumes.ts";

export interface NamedMount {
  /** Full name of the volume. */
  volume: string;
  path: string;
}

/** None where no engine can be asked: then nothing says what is mounted. */
export async function mountsOfNamedSources(
  config: LoadedConfig,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<NamedMount[]> {
  const { jobs, stackJobs } = config;
  const named = jobs.flatMap(({ source }) => (source.kind === "volume" ? (source.volume ?? []) : []));
  if (named.length === 0 && stackJobs.length === 0) return [];
  const seen = await lookAtVolumes(runtime, config, signal).catch(() => undefined);
  signal.throwIfAborted();
  const mounts = seen?.own?.mounts ?? [];
  return mounts.flatMap(({ volume: name, destination: path }): NamedMount[] => {
    if (name === undefined) return [];
    const ofStack = seen?.volumes.find((volume) => volume.name === name);
    const volume = { name, key: ofStack?.key };
    const isOfStackJob =
      ofStack !== undefined && stackJobs.some(({ source: { exclude = [] } }) => !isNamedIn(exclude, volume));
    return isOfStackJob || isNamedIn(named, volume) ? [{ volume: name, path }] : [];
  });
}
