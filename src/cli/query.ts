/** `holdfast query <point> <path> <sql>`: what a captured database says, without restoring it anywhere. */
import { join } from "node:path";

import { fetchDatabase, findDatabase } from "../app/fetch-database.ts";
import { queryDatabase } from "../capture/query/query-database.ts";
import { readRows } from "../capture/query/rows-file.ts";
import { inScratch, keyOfDatabase } from "../daemon/compose-query.ts";
import { DURATION_FORMS, parseDuration } from "../domain/duration.ts";
import { HoldfastError } from "../domain/errors.ts";
import { parseSize, SIZE_FORMS } from "../domain/size.ts";
import { systemClock } from "../observability/system-clock.ts";
import { EXIT } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { archiveOf, indexOf, pointCopies } from "./point-argument.ts";
import { printCsv, printRowsJson, printTable, type Result } from "./query-output.ts";
import type { Verb } from "./verb.ts";

interface QueryOptions {
  csv?: boolean;
  limit?: string;
  timeout?: string;
  memory?: string;
}

const DEFAULT_ROWS = 100;
/** A table is as wide as its widest row, so all of them have to be at hand. */
const MOST_TABLE_ROWS = 10_000;
const DEFAULT_TIMEOUT = "5m";
const DEFAULT_MEMORY = "512MiB";
/** Below, the libraries do not even open a file. */
const LEAST_MEMORY_MIB = 32;
const MIB = 1024 * 1024;

export const query: Verb<QueryOptions, [id: string, path: string, sql: string]> = async (
  context,
  options,
  id,
  path,
  sql,
) => {
  const limits = limitsOf(options, context.json || options.csv === true);
  const { terminal, signal } = context;
  return withStores(context, async (stack) => {
    const [copy] = await pointCopies(context, stack, id);
    const archive = archiveOf(stack, copy);
    const found = await findDatabase({ index: indexOf(stack, copy), path, signal });
    const key = keyOfDatabase(stack.config, copy.point.job, found.path);
    await inScratch(stack.config, stack.context.processes, async (directory) => {
      const rowsPath = join(directory, "rows");
      const answer = await queryDatabase({
        ...{ ...limits, sql, rowsPath, kind: found.kind, clock: systemClock, signal },
        path: await fetchDatabase({ archive, signal }, found, directory),
        name: path,
        ...(key === undefined ? {} : { key }),
      });
      const result: Result = { ...answer, rows: readRows(rowsPath) };
      if (context.json) await printRowsJson(terminal, result);
      else if (options.csv === true) await printCsv(terminal, result);
      else await printTable(terminal, result);
      if (answer.isCut)
        terminal.stderr.write(`Only the first ${answer.rowCount} rows: more with --limit ROWS.\n`);
    });
    return EXIT.done;
  });
};

function limitsOf(
  { limit, timeout = DEFAULT_TIMEOUT, memory = DEFAULT_MEMORY }: QueryOptions,
  streams: boolean,
) {
  const maxRows = limit === undefined ? DEFAULT_ROWS : Number(limit);
  if (!Number.isSafeInteger(maxRows) || maxRows < 1 || !/^\d+$/.test(limit ?? "1"))
    throw usage(`--limit is ${limit ?? ""}`, "give a number of rows from 1");
  if (!streams && maxRows > MOST_TABLE_ROWS)
    throw usage(`a table has at most ${MOST_TABLE_ROWS} rows`, "take more with --csv or --json");
  const milliseconds = parseDuration(timeout);
  if (milliseconds === undefined || milliseconds <= 0)
    throw usage(`--timeout is ${timeout}`, `give a duration such as ${DURATION_FORMS}`);
  const memoryLimitMiB = Math.floor((parseSize(memory) ?? 0) / MIB);
  if (memoryLimitMiB < LEAST_MEMORY_MIB)
    throw usage(`--memory is ${memory}`, `give at least ${LEAST_MEMORY_MIB}MiB, as ${SIZE_FORMS}`);
  return { maxRows, timeout: milliseconds, memoryLimitMiB };
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Querying", why, next });
}
