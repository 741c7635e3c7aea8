/** Where the stored bytes of a sparse member belong: GNU tar's old form, and its forms 0.0, 0.1 and 1.0 in pax headers. */
import type { ByteQueue } from "./byte-queue.ts";
import { parsePaxNumber } from "./pax-records.ts";
import { numberField } from "./tar-fields.ts";

export interface SparseMap {
  /** Of the whole file, holes included. */
  size: number;
  /** Offset and length of each part, in turn: in order, and none over another. */
  parts: readonly number[];
  /** Of all parts. */
  stored: number;
}

/** A million parts, which are held in memory; GNU tar makes one for every run of data. */
const MAX_NUMBERS = 2 * 1024 * 1024;
const BLOCK = 512;
const NUMBER_BYTES = 12;
/** Digits of the longest number in a map in front of the content, with its line end. */
const LONGEST_LINE = 20;

/** The map, or why it cannot be one. */
export function sparseMap(
  size: number | undefined,
  parts: readonly number[] | undefined,
): SparseMap | string {
  if (size === undefined) return "its size is not a number";
  if (parts === undefined) return "its map is not of numbers, or longer than may be";
  if (parts.length % 2 !== 0) return "its map ends within a part";
  let end = 0;
  let stored = 0;
  for (let i = 0; i < parts.length; i += 2) {
    const [offset = 0, length = 0] = [parts[i], parts[i + 1]];
    if (offset < end) return "a part of it begins within the one before";
    end = offset + length;
    if (end > size) return "a part of it ends beyond its end";
    stored += length;
  }
  return { size, parts, stored };
}

/** A number that a size or an offset can be. */
export function sparseNumber(text: string | undefined): number | undefined {
  const number = text === undefined ? undefined : parsePaxNumber(text);
  return number === undefined || number > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(number);
}

/** Undefined when one of them is no number. */
export function sparseNumbers(texts: readonly string[]): number[] | undefined {
  if (texts.length > MAX_NUMBERS) return undefined;
  const numbers = texts.map((text) => sparseNumber(text));
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

/** The parts in a header of the old form, and in the blocks that follow it. Undefined when they are none. */
export async function oldParts(
  header: Buffer,
  nextBlock: () => Promise<Buffer>,
): Promise<number[] | undefined> {
  const parts: number[] = [];
  let block = header;
  let [at, count, flag] = [386, 4, 482];
  for (;;) {
    if (!addParts(parts, block, at, count)) return undefined;
    if ((block[flag] ?? 0) === 0) return parts;
    if (parts.length > MAX_NUMBERS) return undefined;
    block = await nextBlock();
    if (block.length < BLOCK) return undefined;
    [at, count, flag] = [0, 21, 504];
  }
}

export function oldSize(header: Buffer): number | undefined {
  return safe(numberField(header, 483, NUMBER_BYTES));
}

function addParts(parts: number[], block: Buffer, at: number, count: number): boolean {
  for (let i = 0; i < count; i += 1) {
    const place = at + i * 2 * NUMBER_BYTES;
    // The places after the last part are empty.
    if (block[place] === 0 && block[place + NUMBER_BYTES] === 0) return true;
    const offset = safe(numberField(block, place, NUMBER_BYTES));
    const length = safe(numberField(block, place + NUMBER_BYTES, NUMBER_BYTES));
    if (offset === undefined || length === undefined) return false;
    parts.push(offset, length);
  }
  return true;
}

function safe(number: bigint | undefined): number | undefined {
  const isSafe = number !== undefined && number >= 0n && number <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(number) : undefined;
}

/**
 * The parts of form 1.0, which stand in front of the content: a count, then offsets and lengths, each on a line of its own,
 * padded to whole blocks. `read` is how many bytes that was. Undefined when they are none, or more than `limit` bytes.
 */
export async function leadingParts(
  input: ByteQueue,
  limit: number,
): Promise<{ parts: number[]; read: number } | undefined> {
  const numbers: number[] = [];
  let rest = "";
  let read = 0;
  for (let wanted = 1; numbers.length < wanted;) {
    const end = rest.indexOf("\n");
    if (end === -1) {
      if (rest.length > LONGEST_LINE || read + BLOCK > limit) return undefined;
      const block = await input.upTo(BLOCK);
      read += block.length;
      if (block.length < BLOCK) return undefined;
      rest += block.toString("latin1");
      continue;
    }
    const number = sparseNumber(rest.slice(0, end));
    if (number === undefined) return undefined;
    if (numbers.length === 0) wanted = 1 + 2 * number;
    if (wanted > MAX_NUMBERS) return undefined;
    numbers.push(number);
    rest = rest.slice(end + 1);
  }
  return { parts: numbers.slice(1), read };
}

export interface PlacedBytes {
  position: number;
  bytes: Buffer;
}

/** The stored bytes, each run where it belongs. Without a map they follow one another. */
export async function* placed(
  content: AsyncIterable<Buffer>,
  map: SparseMap | undefined,
): AsyncGenerator<PlacedBytes> {
  const parts = map?.parts ?? [0, Infinity];
  let part = 0;
  let done = 0;
  for await (let bytes of content) {
    while (bytes.length > 0 && part < parts.length) {
      const [offset = 0, length = 0] = [parts[part], parts[part + 1]];
      const run = bytes.subarray(0, length - done);
      if (run.length > 0) yield { position: offset + done, bytes: run };
      done += run.length;
      bytes = bytes.subarray(run.length);
      if (done < length) continue;
      part += 2;
      done = 0;
    }
  }
}
