/** Wires what restores through the container engine: another container has to understand the same config. */
import { StackRestorer, type StackRestorerContext } from "../app/restore-in-stack/stack-restorer.ts";
import { ownEnvironment } from "../config/load.ts";
import { directoryOf, type LoadedConfig } from "../config/loaded-config.ts";

export function createRestorer(
  { stack, project, configFile, stateDirectory, jobs }: LoadedConfig,
  surroundings: Pick<StackRestorerContext, "runtime" | "clock" | "http" | "onEvent">,
): StackRestorer {
  return new StackRestorer({
    ...surroundings,
    stack,
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
    findVolume: async (named, signal) => {
      const { placeOfVolume } = await import("../sources/volume/named-volume.ts");
      return placeOfVolume(named, { runtime: surroundings.runtime, project }, signal);
    },
    environment: ownEnvironment(),
    program: ownProgram({ configFile, stateDirectory }),
  });
}

/** What the command line of another container begins with. */
export function ownProgram({
  configFile,
  stateDirectory,
}: Pick<LoadedConfig, "configFile" | "stateDirectory">): string[] {
  const config = configFile === undefined ? [] : ["--config", configFile];
  return ["holdfast", ...config, "--state", stateDirectory];
}
