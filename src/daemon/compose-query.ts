/** How databases of points are opened, and what that takes of the configuration. */
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { DatabaseCheck } from "../app/open-restored.ts";
import { queryDatabase } from "../capture/query/query-database.ts";
import { readRows } from "../capture/query/rows-file.ts";
import { createDatabaseOpener } from "../capture/open-database.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { systemClock } from "../observability/system-clock.ts";
import { MINUTE } from "../domain/instant.ts";
import type { AskDatabase } from "../ports/database-asker.ts";
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

/** What a check of a drill can be answered. */
const ANSWER = { maxRows: 1000, timeout: 5 * MINUTE, memoryLimitMiB: 512 };

export const askDatabase: AskDatabase = async ({ scratch, query: sql, key, ...question }) => {
  const rowsPath = join(scratch, `rows-${randomBytes(4).toString("hex")}`);
  const known = key === undefined ? {} : { key };
  await queryDatabase({ ...question, ...ANSWER, ...known, sql, rowsPath, clock: systemClock });
  const rows = await Array.fromAsync(readRows(rowsPath));
  const text = (cell: unknown): string => (typeof cell === "string" ? cell : JSON.stringify(cell));
  return rows.map((cells) => cells.map((cell) => (cell === null ? "" : text(cell))).join("\t")).join("\n");
};

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
