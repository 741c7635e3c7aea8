/** Holdfast itself, as its user starts it: the whole command, with a config and a local store. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { holdfast, JOB, writeConfig } from "./config.ts";
import type { Command, Tool } from "./tool.ts";

/** The tree is fixed, because a job has one source. */
export function createHoldfast(
  place: string,
  { tree, embeddedDatabases }: { tree: string; embeddedDatabases?: "auto" | "off" | undefined },
): Tool {
  const config = join(place, "holdfast.yml");
  const repository = join(place, "store");
  mkdirSync(repository);
  const stores = { local: { kind: "local", path: repository } };
  writeConfig(config, { tree, stores, state: join(place, "state"), embeddedDatabases });
  const restore = (target: string, ...args: string[]): Command =>
    holdfast(config, "restore", JOB, "--to", target, ...args);
  return {
    name: "holdfast",
    repository,
    backup: () => holdfast(config, "backup", JOB),
    restore,
    restoreFile: (path, target) => restore(target, "--path", path),
  };
}
