/**
 * Reads the headers of a DuckDB file and every block that is not free, and verifies their checksums, without DuckDB: fast,
 * in bounded memory, and whatever the bytes are. It finds every byte that changed by itself, also where no query comes by,
 * as in the inner blocks of a large index. It does not find right blocks in wrong places: that is what scanning is for.
 */
import { open } from "node:fs/promises";

import { BlockReader } from "./block-reader.ts";
import { checksumBuffer } from "./block-checksum.ts";
import {
  Damage,
  HEADERS_SIZE,
  isKnownFormat,
  loadHeaders,
  readDatabaseHeader,
  readFileHeader,
  type DatabaseHeader,
  type FileHeader,
} from "./file-headers.ts";
import { readFreeBlocks, type FreeBlocks } from "./free-blocks.ts";

export interface BlockOrder {
  path: string;
  /** `light` reads the headers alone. */
  level: "full" | "light";
  signal: AbortSignal;
}

export type BlockVerdict =
  | { state: "damaged"; why: string }
  /** Encrypted, or of a version whose blocks are not known: only its own header was read. */
  | { state: "unread"; header: FileHeader }
  | {
      state: "sound";
      header: FileHeader;
      /**
       * Blocks that are neither free nor were they ever written, the first of them. DuckDB up to 1.3 leaves such behind when it
       * bulk-loads during a checkpoint: nothing refers to them, so they are damage only if a scan comes by.
       */
      unwritten: number[];
    };

/** This many are remembered; one already decides. */
const MOST_UNWRITTEN = 16;

export async function checkBlocks(order: BlockOrder): Promise<BlockVerdict> {
  order.signal.throwIfAborted();
  const file = await open(order.path, "r");
  try {
    const buffer = checksumBuffer();
    await loadHeaders(file, buffer);
    const header = readFileHeader(buffer);
    if (header.encrypted || !isKnownFormat(header)) return { state: "unread", header };
    const database = readDatabaseHeader(buffer);
    if (order.level === "light") return { state: "sound", header, unwritten: [] };
    const reader = new BlockReader(file, buffer, database.blockSize);
    const { size } = await file.stat();
    return { state: "sound", header, unwritten: await verifyLive(reader, database, size, order.signal) };
  } catch (error) {
    if (error instanceof Damage) return { state: "damaged", why: error.message };
    throw error;
  } finally {
    await file.close();
  }
}

/** Gives the blocks that were never written; throws Damage for one that is wrong. */
async function verifyLive(
  reader: BlockReader,
  database: DatabaseHeader,
  size: number,
  signal: AbortSignal,
): Promise<number[]> {
  const inFile = Math.min(database.blockCount, Math.floor((size - HEADERS_SIZE) / reader.blockSize));
  const free = await readFreeBlocks(reader, database, inFile, signal);
  const unwritten: number[] = [];
  for (let first = 0; first < inFile;) {
    signal.throwIfAborted();
    const count = liveFrom(free, first, Math.min(inFile, first + reader.most));
    for (const { block, isUnwritten } of count === 0 ? [] : await reader.verify(first, count)) {
      if (!isUnwritten) throw new Damage(`the checksum of block ${block} is wrong`);
      if (unwritten.length < MOST_UNWRITTEN) unwritten.push(block);
    }
    first += count === 0 ? 1 : count;
  }
  // The end of the file is cut off when the last blocks are free; any other that is missing was never written.
  if (database.blockCount - inFile > free.behindEnd) unwritten.push(inFile);
  return unwritten;
}

function liveFrom(free: FreeBlocks, first: number, end: number): number {
  let at = first;
  while (at < end && !free.has(at)) at += 1;
  return at - first;
}
