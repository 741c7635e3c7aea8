/** Wires what restores through the container engine: another container has to understand the same config. */
import { StackRestorer } from "../app/restore-in-stack/stack-restorer.ts";
import { ownEnvironment } from "../config/load.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import { placeOfVolume } from "../sources/volume/named-volume.ts";
import type { HttpCaller } from "../ports/http-caller.ts";

export function createRestorer(
  { stack, project, configFile, stateDirectory, jobs }: LoadedConfig,
  { runtime, clock, http }: { runtime: ContainerRuntime; clock: Clock; http: HttpCaller },
): StackRestorer {
  return new StackRestorer({
    ...{ runtime, clock, http, stack },
    sources: new Map(
      jobs.flatMap(({ job, source }) => {
        const path = directoryOf(source);
        return path === undefined ? [] : [[job.name, path]];
      }),
    ),
    volumes: new Map(
      jobs.flatMap(({ job, source }) =>
        source.kind === "volume" && source.volume !== undefined ? [[job.name, source.volume]] : [],
      ),
    ),
    findVolume: (named, signal) => placeOfVolume(named, { runtime, project }, signal),
    environment: ownEnvironment(),
    program: [
      "holdfast",
      ...(configFile === undefined ? [] : ["--config", configFile]),
      "--state",
      stateDirectory,
    ],
  });
}
