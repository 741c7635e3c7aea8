/** Holdfast itself, as its user starts it: the whole command, with a config and a local store. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Tool } from "./tool.ts";

const PROJECT = join(import.meta.dirname, "../..");
const JOB = "bench";

/** The tree is fixed, because a job has one source. */
export function createHoldfast(
  place: string,
  { tree, embeddedDatabases }: { tree: string; embeddedDatabases?: "auto" | "off" | undefined },
): Tool {
  const config = join(place, "holdfast.yml");
  const repository = join(place, "store");
  mkdirSync(repository);
  writeFileSync(config, configText({ tree, repository, state: join(place, "state"), embeddedDatabases }));
  const holdfast = (...args: string[]): Command => ({
    program: process.execPath,
    // As the first line of the program says.
    args: ["--max-semi-space-size=4", binary(), "--config", config, ...args],
  });
  const restore = (target: string, ...args: string[]): Command =>
    holdfast("restore", JOB, "--to", target, ...args);
  return {
    name: "holdfast",
    repository,
    backup: () => holdfast("backup", JOB),
    restore,
    restoreFile: (path, target) => restore(target, "--path", path),
  };
}

function configText(paths: {
  tree: string;
  repository: string;
  state: string;
  embeddedDatabases: string | undefined;
}): string {
  const { tree: path, embeddedDatabases } = paths;
  // A JSON string is a YAML string, and the whole a YAML document.
  return JSON.stringify({
    stack: "bench",
    stores: { local: { kind: "local", path: paths.repository } },
    state: paths.state,
    jobs: { [JOB]: { source: { kind: "volume", path, embeddedDatabases }, schedule: "manual" } },
  });
}

function binary(): string {
  const { bin } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
    bin: { holdfast: string };
  };
  return join(PROJECT, bin.holdfast);
}
