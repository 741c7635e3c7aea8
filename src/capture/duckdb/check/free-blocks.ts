/**
 * Which blocks of a DuckDB file are free: their bytes mean nothing. The list is a count and that many block numbers, cut
 * into parts of blocks; each part begins with where the next one is, as a block and, in the highest byte, the part of it.
 */
import type { BlockReader } from "./block-reader.ts";
import { CHECKSUM_SIZE, Damage, type DatabaseHeader } from "./file-headers.ts";

const PARTS_OF_BLOCK = 64;
const WORD = 8;
const PART_SHIFT = 56n;
const BLOCK_MASK = (1n << PART_SHIFT) - 1n;
const LAST = 0xffff_ffff_ffff_ffffn;

/** One bit a block that the file has room for, and how many are free behind its end. */
export interface FreeBlocks {
  has(block: number): boolean;
  behindEnd: number;
}

export async function readFreeBlocks(
  reader: BlockReader,
  header: DatabaseHeader,
  blocksInFile: number,
  signal: AbortSignal,
): Promise<FreeBlocks> {
  const bits = new Uint8Array(Math.ceil(blocksInFile / 8));
  const free: FreeBlocks = {
    has: (block) => ((bits[block >> 3] ?? 0) & (1 << (block & 7))) !== 0,
    behindEnd: 0,
  };
  for await (const block of freeBlockNumbers(reader, header, signal)) {
    if (block >= blocksInFile) free.behindEnd += 1;
    else bits[block >> 3] = (bits[block >> 3] ?? 0) | (1 << (block & 7));
  }
  return free;
}

async function* freeBlockNumbers(
  reader: BlockReader,
  header: DatabaseHeader,
  signal: AbortSignal,
): AsyncGenerator<number> {
  let left: bigint | undefined;
  for await (const words of parts(reader, header, signal)) {
    for (let at = WORD; at < words.length && left !== 0n; at += WORD) {
      const word = words.readBigUInt64LE(at);
      if (left === undefined) {
        if (word > header.blockCount) throw new Damage("its list of free blocks is longer than itself");
        left = word;
        continue;
      }
      if (word >= header.blockCount)
        throw new Damage("its list of free blocks names one that it does not have");
      left -= 1n;
      yield Number(word);
    }
    if (left === 0n) return;
  }
  if (left !== undefined) throw new Damage("its list of free blocks is cut");
}

/** The parts that the list is written to, in order; as many at most as the file has. */
async function* parts(
  reader: BlockReader,
  header: DatabaseHeader,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const partSize = Math.floor((reader.blockSize - CHECKSUM_SIZE) / PARTS_OF_BLOCK / WORD) * WORD;
  let next = header.freeList;
  let held: { block: number; content: Buffer } | undefined;
  for (let read = 0; next !== undefined; read++) {
    signal.throwIfAborted();
    const [block, part] = [Number(next & BLOCK_MASK), Number(next >> PART_SHIFT)];
    if (block >= header.blockCount || part >= PARTS_OF_BLOCK || read > header.blockCount * PARTS_OF_BLOCK)
      throw new Damage("its list of free blocks leads nowhere");
    if (held?.block !== block) held = { block, content: Buffer.from(await reader.read(block)) };
    const words = held.content.subarray(part * partSize, (part + 1) * partSize);
    yield words;
    const follows = words.readBigUInt64LE();
    next = follows === LAST ? undefined : follows;
  }
}
