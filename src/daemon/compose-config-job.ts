/** Wires the job of the config itself. */
import { configJobOf } from "../config/config-job.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { Job } from "../domain/job.ts";
import type { Store } from "../ports/store.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import { createConfigSource, type ConfigSource } from "../sources/config/config-source.ts";

/** A WiredJob whose source says what it would take. */
export interface ConfigJob {
  job: Job;
  source: ConfigSource;
  dumps: undefined;
  settle: () => Promise<string[]>;
  stores: readonly Store[];
}

export function wireConfigJob(
  config: LoadedConfig,
  { stores, runtime }: { stores: readonly Store[]; runtime: ContainerRuntime },
): ConfigJob | undefined {
  const job = configJobOf(config);
  if (job === undefined) return undefined;
  const source = createConfigSource({
    directory: async (path) => {
      const { createVolumeSource } = await import("../sources/volume/volume-source.ts");
      return createVolumeSource({ kind: "volume", path });
    },
    collect: async (signal) => {
      const { describeStack } = await import("./describe-stack.ts");
      const { files, missing, description, isWithoutEngine } = await describeStack(config, runtime, signal);
      const { composeFiles, secrets } = description;
      const facts = { composeFiles: composeFiles.length, leftOut: secrets.length, missing: missing.length };
      // Whoever gives Holdfast no engine has been told what that means.
      return { files, facts, missing: isWithoutEngine ? [] : missing };
    },
  });
  const its = stores.filter(({ name }) => job.stores.includes(name));
  return { job, source, dumps: undefined, settle: async () => [], stores: its };
}
