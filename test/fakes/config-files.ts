/** Files and directories for the config loader, from a table instead of a disk. */
import type { ConfigFiles } from "../../src/config/files.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { LoadedConfig } from "../../src/config/loaded-config.ts";

export function configFiles(
  texts: Readonly<Record<string, string>>,
  directories: Readonly<Record<string, readonly string[]>> = {},
): ConfigFiles {
  return {
    read: async (path) => {
      const text = texts[path];
      if (text !== undefined) return text;
      throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: "ENOENT" });
    },
    directories: async (path) => [...(directories[path] ?? [])],
  };
}

export interface Surroundings {
  env?: Record<string, string>;
  files?: Record<string, string>;
  directories?: Record<string, readonly string[]>;
}

/** Loads this YAML as `/etc/holdfast/holdfast.yml`. */
export function loadYaml(
  yaml: string,
  { env = {}, files = {}, directories = {} }: Surroundings = {},
): Promise<LoadedConfig> {
  const texts = { "/etc/holdfast/holdfast.yml": yaml, ...files };
  return loadConfig({ env, files: configFiles(texts, directories) });
}
