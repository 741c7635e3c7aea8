/** Loads the config. The only place that reads the environment of the process. */
import { HoldfastError } from "../domain/errors.ts";
import { assemble } from "./assemble.ts";
import { isDiscovery, sourceDirectories, vanished } from "./discover.ts";
import { systemCode, systemFiles, whyUnreadable, type ConfigFiles } from "./files.ts";
import type { Variables } from "./interpolate.ts";
import { NO_FILE, type LoadedConfig } from "./loaded-config.ts";
import { LABEL_PREFIX, type ServiceLabel } from "./labels.ts";
import { configOfAddress, type PointsAddress } from "./points-address.ts";
import { settingsOf, type Named, type Settings } from "./settings.ts";
import { understand } from "./understand.ts";
import { readYaml } from "./yaml-file.ts";

export interface LoadRequest extends Named {
  /** Default: the environment of this process. */
  env?: Variables | undefined;
  files?: ConfigFiles | undefined;
  /** `optional`: for a verb that only reads the stores, a setup without any job will do. */
  jobs?: "required" | "optional" | undefined;
  /** Names of jobs that there were before: where jobs are made of directories, they stay jobs when their directory is gone. */
  jobsSeen?: readonly string[] | undefined;
  /** Of the services of the stack: config as good as the file's. */
  labels?: readonly ServiceLabel[] | undefined;
  /** Instead of any config: the one store that it names, and no jobs. */
  from?: PointsAddress | undefined;
}

/** Where the container engine is, and the Compose project that the environment names: what to ask it before loading. */
export function engineSettings(env: Variables = process.env): Pick<Settings, "engine" | "project"> {
  const { engine, project } = settingsOf({}, env);
  return { engine, project };
}

/**
 * The whole config, or a HoldfastError with code `usage`: a ConfigError with every mistake of a file that can be read.
 * Without a file at the default path, every directory under the source root is a job.
 */
export async function loadConfig(request: LoadRequest = {}): Promise<LoadedConfig> {
  const { env = process.env, files = systemFiles, jobsSeen = [] } = request;
  const labels = (request.labels ?? []).filter(({ name }) => name.startsWith(LABEL_PREFIX));
  const needsJobs = request.jobs !== "optional";
  const settings = settingsOf(request, env);
  if (request.from !== undefined) return loadAddress(request.from, { settings, env, files });
  const { path } = settings.config;
  const text = await readConfigFile(settings, files);
  if (text === undefined && needsJobs && labels.length === 0) await refuseNothing(settings, files);
  const where = text === undefined ? `the setup without a config file (${path} does not exist)` : path;
  const from = originOf(labels);
  const yaml = readYaml(text ?? "");
  const file = await understand(yaml, where + from, {
    ...{ settings, env, files, needsJobs, jobsSeen, labels },
  });
  const config = assemble(file, settings, (text === undefined ? NO_FILE : path) + from);
  if (!isDiscovery(yaml.value ?? {}) || labels.some(({ name }) => name.startsWith(JOB_LABELS))) return config;
  const gone = new Set(vanished(jobsSeen, await sourceDirectories(files, settings.sourceRoot)));
  const jobs = config.jobs.map((each) => (gone.has(each.job.name) ? { ...each, isVanished: true } : each));
  return { ...config, jobs, isDiscovered: true };
}

async function loadAddress(
  from: PointsAddress,
  around: { settings: Settings; env: Variables; files: ConfigFiles },
): Promise<LoadedConfig> {
  const where = "the address that --from names";
  const yaml = readYaml(JSON.stringify(configOfAddress(from)));
  // What is mounted here is none of its jobs.
  const files = { ...around.files, directories: async () => [] };
  const file = await understand(yaml, where, {
    ...{ ...around, files, needsJobs: false, jobsSeen: [], labels: [] },
  });
  return assemble(file, around.settings, where);
}

const JOB_LABELS = `${LABEL_PREFIX}jobs`;

/** For the end of a text that names the file: empty, or the services whose labels count too. */
function originOf(labels: readonly ServiceLabel[]): string {
  const services = [...new Set(labels.map(({ service }) => service))].sort();
  return services.length === 0 ? "" : ` and the labels of ${services.join(", ")}`;
}

/** What another process needs in its environment to be given the same config. Holds secrets. */
export function ownEnvironment(): Variables {
  return process.env;
}

/** The text of the config file, or why there is none: another one may mean another config. Never rejects. */
export async function configText(
  request: Pick<LoadRequest, "configPath" | "env" | "files">,
): Promise<string> {
  const { env = process.env, files = systemFiles } = request;
  try {
    return await files.read(settingsOf(request, env).config.path);
  } catch (error) {
    return whyUnreadable(error);
  }
}

/** The config file, where there is one that can be read. */
export async function configFileText(
  request: Pick<LoadRequest, "configPath" | "env" | "files">,
): Promise<{ path: string; text: string } | undefined> {
  const { env = process.env, files = systemFiles } = request;
  const { path } = settingsOf(request, env).config;
  const text = await files.read(path).catch(() => undefined);
  return text === undefined ? undefined : { path, text };
}

/** Undefined when there is none and nobody asked for one. */
async function readConfigFile({ config }: Settings, files: ConfigFiles): Promise<string | undefined> {
  try {
    return await files.read(config.path);
  } catch (error) {
    if (systemCode(error) === "ENOENT" && !config.named) return undefined;
    throw new HoldfastError("usage", {
      what: `Reading the config ${config.path}`,
      why: whyUnreadable(error),
      next: "check the path given by --config or HOLDFAST_CONFIG, and that the file is mounted",
      cause: error,
    });
  }
}

async function refuseNothing({ config, sourceRoot }: Settings, files: ConfigFiles): Promise<void> {
  if ((await sourceDirectories(files, sourceRoot)).length > 0) return;
  throw new HoldfastError("usage", {
    what: "Finding something to back up",
    why: `there is no config file ${config.path} and no directory in ${sourceRoot}`,
    next: `mount the volumes of the stack under ${sourceRoot}, or a config file at ${config.path}`,
  });
}

/** A variable of this process that is no part of the config: what the program tells a container of its own. */
export function ownVariable(name: string, env: Variables = process.env): string | undefined {
  return env[name];
}
