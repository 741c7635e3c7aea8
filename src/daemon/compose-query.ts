/** How databases of points are opened, and what that takes of the configuration. */
import { mkdir, rm } from "node:fs/promises";

import type { DatabaseCheck } from "../app/open-restored.ts";
import { createDatabaseOpener } from "../capture/open-database.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import { rulesOf } from "../sources/volume/databases/database-rule.ts";
import { newScratch, tidyScratch } from "../sources/volume/databases/scratch.ts";

/** Of a job, which may be known to the stores only. */
export function databaseCheckOf(config: LoadedConfig, job: string): DatabaseCheck {
  return {
    opener: createDatabaseOpener({ clock: systemClock }),
    keyOf: (path) => keyOfDatabase(config, job, path),
  };
}

/** By the job's rules as they are now; `path` is a byte string. */
export function keyOfDatabase({ jobs }: LoadedConfig, job: string, path: string): string | undefined {
  const source = jobs.find(({ job: { name } }) => name === job)?.source;
  if (source?.kind !== "volume") return undefined;
  return rulesOf(source.embeddedDatabases)?.ruleOf(path).key;
}

/** A directory that is gone when `work` has ended; what a killed process has left goes with the next one's. */
export async function inScratch<T>(
  { scratchDirectory }: LoadedConfig,
  processes: ProcessTable,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  await tidyScratch(scratchDirectory, { processes, clock: systemClock });
  const directory = newScratch(scratchDirectory, processes);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
