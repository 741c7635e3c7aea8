/** What the command line and the environment say about where things are. */
import { resolve } from "node:path";
import type { Variables } from "./interpolate.ts";

const DEFAULT_CONFIG_PATH = "/etc/holdfast/holdfast.yml";

export interface Settings {
  /** The config file; `named` when somebody asked for it, so that it must exist. */
  config: { path: string; named: boolean };
  /** Named on the command line or in the environment: comes before the file's own. */
  state: string | undefined;
  defaultState: string;
  /** Under which jobs are discovered. */
  sourceRoot: string;
  /** Where the store is when none is configured. */
  archive: string;
  /** Address of the container engine, as in DOCKER_HOST. */
  engine: string;
  /** Name of the stack when the file has none: the Compose project's. */
  stack: string | undefined;
  /** The Compose project that this process belongs to, or is told to. */
  project: string | undefined;
}

export interface Named {
  /** `--config` */
  configPath?: string | undefined;
  /** `--state` */
  statePath?: string | undefined;
  /** The Compose project of the container that this process runs in. */
  project?: string | undefined;
}

/** The command line comes before the environment; a variable that is set to nothing counts as not set. */
export function settingsOf({ configPath, statePath, project }: Named, env: Variables): Settings {
  const config = configPath || env["HOLDFAST_CONFIG"];
  const named = env["COMPOSE_PROJECT_NAME"] || undefined;
  const state = statePath || env["HOLDFAST_STATE"];
  return {
    config: config ? { path: resolve(config), named: true } : { path: DEFAULT_CONFIG_PATH, named: false },
    state: state ? resolve(state) : undefined,
    defaultState: "/var/lib/holdfast",
    sourceRoot: resolve(env["HOLDFAST_SOURCE"] || "/source"),
    archive: resolve(env["HOLDFAST_ARCHIVE"] || "/archive"),
    engine: env["DOCKER_HOST"] || "unix:///var/run/docker.sock",
    stack: named ?? project,
    project: project ?? named,
  };
}
