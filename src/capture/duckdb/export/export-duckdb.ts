/**
 * Writes all that is in a captured DuckDB database as parquet files, with the SQL that makes a database of them again, so that
 * it can be read by what has never heard of DuckDB's file format. In a child process, as a check is.
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { cancellation, hasCode, messageOf } from "../../../domain/errors.ts";
import type { Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import { runChild, type ChildEnd } from "../../child/run-child.ts";
import { silenceVerdict } from "../../child/silence-verdict.ts";
import { realSystem } from "../../live/capture-system.ts";
import { mustBeWritable } from "../check/explain-refusal.ts";
import { withSpareCopy } from "../check/spare-copy.ts";
import { exportReplySchema, type ExportRequest } from "./export-request.ts";

export interface DuckdbExportOrder {
  /** Of the copy's main file; its side files are beside it. */
  path: string;
  /** Directory that is there, empty. */
  to: string;
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

/** Of DuckDB in the child. A parquet file is written row group by row group, and one of long texts takes some room. */
const MEMORY_LIMIT_MIB = 512;

const CHILD = new URL("./export-child.js", import.meta.url);

/** Why it could not be done, as a clause; undefined when all of it is there. Rejects on cancellation. */
export async function exportDuckdb(order: DuckdbExportOrder): Promise<string | undefined> {
  try {
    if (!(await hasRoom(order))) return "there may be no room for it in the scratch directory";
    const end = await runExport(order, order.path);
    const refusal = refusalOf(end);
    if (refusal === undefined || !mustBeWritable(refusal)) return refusal;
    return await withSpareCopy(order.path, order.signal, async (spare) =>
      refusalOf(await runExport(order, spare)),
    );
  } catch (error) {
    if (order.signal.aborted) throw cancellation(order.signal, whatOf(order));
    if (!hasCode(error, "no-space")) throw error;
    return "its log can only be replayed into a second copy, for which there is no room";
  }
}

function whatOf({ path }: DuckdbExportOrder): string {
  return `Exporting the captured database ${path}`;
}

function runExport(order: DuckdbExportOrder, path: string): Promise<ChildEnd> {
  const { to, timeout, clock, signal } = order;
  const isSpare = path !== order.path;
  const request: ExportRequest = { path, to, isSpare, memoryLimitMiB: MEMORY_LIMIT_MIB };
  return runChild({ what: whatOf(order), entry: CHILD, request, timeout, clock, signal });
}

function refusalOf(end: ChildEnd): string | undefined {
  if (end.how !== "replied") {
    const verdict = silenceVerdict(end, "DuckDB");
    return verdict.state === "sound" ? undefined : verdict.why;
  }
  const reply = exportReplySchema.safeParse(end.reply);
  return reply.success ? reply.data.refused : `the export gave no answer: ${messageOf(reply.error)}`;
}

/** Parquet takes less room than what it was made of, as a rule; as much again is left to everybody else. */
async function hasRoom({ path, to }: DuckdbExportOrder): Promise<boolean> {
  const directory = dirname(path);
  const sizes = await Promise.all(
    (await readdir(directory, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(async ({ name }) => (await stat(join(directory, name))).size),
  );
  const { free } = await realSystem.room(to);
  return free > 2n * BigInt(sizes.reduce((sum, size) => sum + size, 0));
}
