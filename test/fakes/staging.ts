/** A restore's staging on a pretended machine, with a tree that is written by hand. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { onTestFinished } from "vitest";

import { openStaging, type Staging, type StagingOptions } from "../../src/archive/restore/staging.ts";
import { FakeMachine } from "./process-tables.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export type Files = Readonly<Record<string, string>>;

export function writeFiles(directory: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

/** Every file below the directory by its path, with its text. */
export function readFiles(directory: string): Files {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, "utf8")]),
  );
}

export interface StagingRig {
  /** Holds the target and nothing else. */
  parent: string;
  target: string;
  machine: FakeMachine;
  /** What is beside the target, sorted. */
  beside(): string[];
  /** With the fresh tree written. */
  open(options?: Partial<StagingOptions>, fresh?: Files): Promise<Staging>;
}

/** The target holds `old`, or does not exist. */
export function stagingRig(old: Files | "missing" = { mine: "old" }): StagingRig {
  const parent = temporaryDirectory();
  const target = join(parent, "target");
  const machine = new FakeMachine();
  if (old !== "missing") {
    mkdirSync(target);
    writeFiles(target, old);
  }
  return {
    ...{ parent, target, machine },
    beside: () =>
      readdirSync(parent)
        .filter((name) => name !== "target")
        .sort(),
    async open(options = {}, fresh = { file: "new" }) {
      const processes = machine.startProcess();
      const staging = await openStaging(target, { onExisting: "replace", processes, ...options });
      onTestFinished(async () => void (await staging.discard()));
      writeFiles(staging.directory, fresh);
      return staging;
    },
  };
}
