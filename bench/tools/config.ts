/** Holdfast's own command on a config of the bench. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./tool.ts";

const PROJECT = join(import.meta.dirname, "../..");
export const JOB = "bench";

export interface BenchConfig {
  tree: string;
  state: string;
  /** By their names. */
  stores: Readonly<Record<string, unknown>>;
  embeddedDatabases?: "auto" | "off" | undefined;
  encryption?: unknown;
}

export function writeConfig(file: string, of: BenchConfig): void {
  const { tree: path, state, stores, embeddedDatabases, encryption } = of;
  const jobs = { [JOB]: { source: { kind: "volume", path, embeddedDatabases }, schedule: "manual" } };
  // A JSON string is a YAML string, and the whole a YAML document.
  writeFileSync(file, JSON.stringify({ stack: "bench", stores, state, encryption, jobs }));
}

export function holdfast(config: string, ...args: readonly string[]): Command {
  // As the first line of the program says.
  const options = ["--max-semi-space-size=4", binary(), "--config", config];
  return { program: process.execPath, args: [...options, ...args] };
}

function binary(): string {
  const { bin } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
    bin: { holdfast: string };
  };
  return join(PROJECT, bin.holdfast);
}
