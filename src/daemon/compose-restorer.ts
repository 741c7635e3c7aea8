/** Wires what restores through the container engine: another container has to understand the same config. */
import { StackRestorer } from "../app/restore-in-stack/stack-restorer.ts";
import { ownEnvironment } from "../config/load.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import type { HttpCaller } from "../ports/http-caller.ts";

export function createRestorer(
  { stack, configFile, stateDirectory, jobs }: LoadedConfig,
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
    environment: ownEnvironment(),
    program: [
      "holdfast",
      ...(configFile === undefined ? [] : ["--config", configFile]),
      "--state",
      stateDirectory,
    ],
  });
}
