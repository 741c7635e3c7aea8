/** The named volumes of the stack: which jobs they make, and which of them nobody backs up. */
import { mountHolding } from "../app/one-off/own-mounts.ts";
import type { ConfiguredJob, LoadedConfig } from "../config/loaded-config.ts";
import { HoldfastError } from "../domain/errors.ts";
import { isJobOf, isNamedIn, jobsOfStack } from "../domain/jobs-of-stack.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { Container, ContainerRuntime, Volume } from "../ports/container-runtime.ts";

export interface StackVolumes {
  /** Those of the Compose project. */
  volumes: readonly Volume[];
  /** The container of this process. */
  own: Container | undefined;
  project: string;
}

export async function lookAtVolumes(
  runtime: ContainerRuntime,
  { project: fallback }: { project: string },
  signal: AbortSignal,
): Promise<StackVolumes> {
  const own = await runtime.ownContainer(signal);
  const project = own?.compose?.project ?? fallback;
  return { own, project, volumes: await runtime.volumes({ project }, signal) };
}

/** With the jobs that its `stack` sources stand for. Throws `usage` where one would have the name of another job. */
export function withStackJobs(config: LoadedConfig, seen: StackVolumes): LoadedConfig {
  const free = seen.volumes.filter(
    (volume) => !isOurs(volume, config, seen) && !isBackedUp(volume, config, seen),
  );
  const made = config.stackJobs.flatMap(({ job, source: { exclude = [], embeddedDatabases } }) =>
    jobsOfStack(free, exclude).map(({ job: name, volume }): ConfiguredJob => {
      const source = { kind: "volume", volume, embeddedDatabases } as const;
      return { job: { ...job, name, sourceKind: "volume" }, source };
    }),
  );
  const jobs = [...config.jobs, ...made];
  for (const [index, { job }] of jobs.entries()) {
    if (jobs.findIndex((other) => other.job.name === job.name) < index) throw taken(job.name);
  }
  return { ...config, jobs };
}

/**
 * With the jobs of volumes that are there no more, by the newest record of each job that has points and is not in the config: they
 * fail and grow stale until somebody says that it was meant.
 */
export function withLostVolumes(
  config: LoadedConfig,
  { volumes, project }: StackVolumes,
  records: readonly CommitRecord[],
): LoadedConfig {
  const [stackJob] = config.stackJobs;
  if (stackJob === undefined) return config;
  const excluded = config.stackJobs.flatMap(({ source }) => source.exclude ?? []);
  const lost = records.flatMap(({ job, capture: { volume: name, volumeKey } }): ConfiguredJob[] => {
    if (typeof name !== "string" || volumes.some((volume) => volume.name === name)) return [];
    // Older records do not tell the key.
    const key = typeof volumeKey === "string" ? volumeKey : keyIn(name, project);
    if (!isJobOf(job, { name, key }) || isNamedIn(excluded, { name, key })) return [];
    const of = { ...stackJob.job, name: job, sourceKind: "volume" };
    return [{ job: of, source: { kind: "volume", volume: name }, isVanished: true }];
  });
  return { ...config, jobs: [...config.jobs, ...lost] };
}

function keyIn(name: string, project: string): string | undefined {
  return name.startsWith(`${project}_`) ? name.slice(project.length + 1) : undefined;
}

/** Keys or names of the volumes that no job backs up and that nobody has excluded; without our own. */
export function unprotectedVolumes(config: LoadedConfig, seen: StackVolumes): string[] {
  const excluded = config.stackJobs.flatMap(({ source }) => source.exclude ?? []);
  return seen.volumes
    .filter(
      (volume) =>
        !isOurs(volume, config, seen) && !isBackedUp(volume, config, seen) && !isNamedIn(excluded, volume),
    )
    .map(({ key, name }) => key ?? name)
    .sort();
}

/** It holds our state or a store: backed up, it would grow with each backup. */
function isOurs({ name }: Volume, { stores, stateDirectory }: LoadedConfig, { own }: StackVolumes): boolean {
  const places = [
    stateDirectory,
    ...stores.flatMap(({ options }) => ("path" in options ? options.path : [])),
  ];
  return places.some((place) => mountHolding(own?.mounts ?? [], place)?.volume === name);
}

function isBackedUp(volume: Volume, { jobs }: LoadedConfig, { own }: StackVolumes): boolean {
  const mounted = (own?.mounts ?? []).filter((mount) => mount.volume === volume.name);
  return jobs.some(({ source }) => {
    if (source.kind !== "volume") return false;
    const { path } = source;
    return path === undefined
      ? isNamedIn([source.volume ?? ""], volume)
      : mounted.some(({ destination }) => `${destination}/`.startsWith(`${path}/`.replace(/\/+$/, "/")));
  });
}

function taken(name: string): HoldfastError {
  return new HoldfastError("usage", {
    what: "Making a job of every volume of the stack",
    why: `there is another job ${name}, which does not back up the volume of that name`,
    next: "rename that job, or exclude the volume",
  });
}
