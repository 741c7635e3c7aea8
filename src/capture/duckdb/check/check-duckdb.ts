/**
 * Checks a captured DuckDB database: its blocks by their checksums, the form of its log, then all of its tables by DuckDB itself in a child
 * process, with the write-ahead log replayed. Whatever is in the file, the answer is a verdict.
 *
 * What it cannot see: a write-ahead log that was cut short opens as one with fewer commits, and right blocks in wrong
 * places may read as other data. Against those stand the rule of the capture, and the size and digest of each member.
 */
import { stat } from "node:fs/promises";

import { cancellation, hasCode, messageOf } from "../../../domain/errors.ts";
import type { Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import { runChild, type ChildEnd } from "../../child/run-child.ts";
import { silenceVerdict } from "../../child/silence-verdict.ts";
import type { DatabaseFacts, DatabaseVerdict } from "../../database-verdict.ts";
import { checkBlocks, type BlockVerdict } from "./check-blocks.ts";
import { checkWal } from "./check-wal.ts";
import { explainRefusal, mustBeWritable } from "./explain-refusal.ts";
import type { FileHeader } from "./file-headers.ts";
import { scanReplySchema, type Content, type ScanRequest } from "./scan-request.ts";
import { withSpareCopy } from "./spare-copy.ts";

export interface DuckdbCheckOrder {
  /** Of the copy's main file; its side files are beside it. Nobody else may be writing to it. */
  path: string;
  /** `light` reads headers and catalog; `full` every block, row and index. */
  level: "full" | "light";
  /** Of an encrypted database; ignored for another. */
  key?: string | undefined;
  /** Of DuckDB in the child, whose peak is about twice that. */
  memoryLimitMiB?: number;
  /** Of the child; a check that takes longer is `unverified`. */
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

export const DEFAULT_MEMORY_LIMIT_MIB = 256;

const CHILD = new URL("./check-child.js", import.meta.url);

/** Rejects only on cancellation, or when the copy itself cannot be read from the disk. */
export async function checkDuckdb(order: DuckdbCheckOrder): Promise<DatabaseVerdict> {
  const what = `Checking the captured database ${order.path}`;
  const { blocks, wal } = await readWithoutDuckdb(order).catch((error: unknown) => {
    throw order.signal.aborted ? cancellation(order.signal, what) : error;
  });
  if (blocks.state === "damaged") return blocks;
  if (wal !== undefined) return { state: "damaged", why: wal };
  const walBytes = await sizeOf(`${order.path}.wal`);
  const end = await scan(order, order.path, blocks.header);
  if (!isRefusedUnwritten(end)) return verdictOf(end, blocks, walBytes);
  try {
    return await withSpareCopy(order.path, order.signal, async (spare) =>
      verdictOf(await scan(order, spare, blocks.header), blocks, walBytes),
    );
  } catch (error) {
    if (order.signal.aborted) throw cancellation(order.signal, what);
    if (!hasCode(error, "no-space")) throw error;
    const why = "its log can only be replayed into a second copy, for which there is no room";
    return { state: "unverified", why };
  }
}

async function readWithoutDuckdb(order: DuckdbCheckOrder) {
  const blocks = await checkBlocks(order);
  return { blocks, wal: await checkWal(`${order.path}.wal`, order.signal) };
}

async function scan(order: DuckdbCheckOrder, path: string, header: FileHeader): Promise<ChildEnd> {
  return runChild({
    what: `Checking the captured database ${order.path}`,
    entry: CHILD,
    request: requestOf(order, path, header),
    timeout: order.timeout,
    clock: order.clock,
    signal: order.signal,
  });
}

function isRefusedUnwritten(end: ChildEnd): boolean {
  const reply = end.how === "replied" ? scanReplySchema.safeParse(end.reply) : undefined;
  return reply?.data?.state === "refused" && mustBeWritable(reply.data.message);
}

function requestOf(order: DuckdbCheckOrder, path: string, { encrypted }: FileHeader): ScanRequest {
  return {
    path,
    isSpare: path !== order.path,
    level: order.level,
    memoryLimitMiB: order.memoryLimitMiB ?? DEFAULT_MEMORY_LIMIT_MIB,
    ...(encrypted && order.key !== undefined ? { key: order.key } : {}),
  };
}

function verdictOf(
  end: ChildEnd,
  blocks: Exclude<BlockVerdict, { state: "damaged" }>,
  walBytes: number,
): DatabaseVerdict {
  if (end.how !== "replied") return silenceVerdict(end, "DuckDB");
  const reply = scanReplySchema.safeParse(end.reply);
  if (!reply.success)
    return { state: "unverified", why: `the check gave no answer: ${messageOf(reply.error)}` };
  if (reply.data.state === "refused") return explainRefusal(reply.data.message);
  const { content } = reply.data;
  const [unwritten] = blocks.state === "sound" ? blocks.unwritten : [];
  // No scan came by it; the blocks of an index are the ones that a scan may pass by.
  if (unwritten !== undefined && content.indexCount > 0)
    return { state: "damaged", why: `block ${unwritten} counts, but was never written` };
  return { state: "sound", facts: factsOf(blocks.header, content, walBytes) };
}

function factsOf(header: FileHeader, content: Content, walBytes: number): DatabaseFacts {
  const { libraryVersion, storageVersion, encrypted } = header;
  return {
    ...(libraryVersion === undefined ? {} : { libraryVersion }),
    storageVersion,
    encrypted,
    tables: content.tables.map(({ name, rows }) => ({ name, ...(rows === undefined ? {} : { rows }) })),
    tableCount: content.tableCount,
    viewCount: content.viewCount,
    walBytes,
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}
