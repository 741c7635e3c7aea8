/** A framed object opened for reading: its seek table, and raw frames by number. */
import { hash } from "node:crypto";

import { cancellation, hasCode, HoldfastError } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { freshMemory, type FrameMemory } from "./frame-memory.ts";
import { FOOTER_BYTES, FrameTable, tableBytesIn } from "./seek-table.ts";

export interface Frame {
  /** Counted from 0. */
  number: number;
  /** Position of its content in the whole decoded object. */
  start: number;
  /** Decoded bytes. */
  size: number;
  /** Of the content, where the seek table holds checksums. */
  checksum: number | undefined;
}

export interface RawFrame extends Frame {
  compressed: Buffer;
}

export class FramedObject {
  readonly name: string;
  readonly frameCount: number;
  /** Decoded bytes of the whole object. */
  readonly size: number;
  readonly #reader: ObjectReader;
  /** Where each frame starts in the object and in the decoded content; one more than there are frames. */
  readonly #storedStarts: Float64Array;
  readonly #starts: Float64Array;
  readonly #checksums: Uint32Array | undefined;

  private constructor(reader: ObjectReader, frames: FrameTable) {
    const { count } = frames;
    this.#reader = reader;
    this.name = reader.name;
    this.frameCount = count;
    this.#storedStarts = new Float64Array(count + 1);
    this.#starts = new Float64Array(count + 1);
    if (frames.hasChecksums) this.#checksums = new Uint32Array(count);
    for (let number = 0; number < count; number += 1) {
      const { compressed, decoded, checksum } = frames.at(number);
      this.#storedStarts[number + 1] = at(this.#storedStarts, number) + compressed;
      this.#starts[number + 1] = at(this.#starts, number) + decoded;
      if (this.#checksums !== undefined) this.#checksums[number] = checksum ?? 0;
    }
    this.size = at(this.#starts, count);
  }

  /**
   * Reads and checks the seek table; throws `damaged` when the object does not end in one that fits it, or in one that
   * is not the one it was written with.
   */
  static async open(reader: ObjectReader, signal?: AbortSignal): Promise<FramedObject> {
    const table = await readTable(reader, signal);
    assertOwnTable(reader, table);
    const frames = FrameTable.ofObject(table, reader.size);
    if (typeof frames === "string") throw damaged(reader.name, frames);
    return new FramedObject(reader, frames);
  }

  frame(number: number): Frame {
    const start = at(this.#starts, number);
    const checksum = this.#checksums?.[number];
    return { number, start, size: at(this.#starts, number + 1) - start, checksum };
  }

  /** The number of the frame that holds the decoded position; throws `damaged` when there is none. */
  frameHolding(position: number): number {
    if (position >= this.size) throw damaged(this.name, `it ends before position ${position}`);
    let low = 0;
    let high = this.frameCount - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (at(this.#starts, middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The frames from `first` to `last`, both included, read in one go into memory that the caller gives back. */
  async *rawFrames(
    first: number,
    last: number,
    { signal, memory = freshMemory }: { signal?: AbortSignal | undefined; memory?: FrameMemory } = {},
  ): AsyncGenerator<RawFrame> {
    const offset = at(this.#storedStarts, first);
    const length = at(this.#storedStarts, last + 1) - offset;
    let number = first;
    let compressed = memory.take(this.#storedSize(number));
    let have = 0;
    for await (const chunk of this.#reader.read({ signal, range: { offset, length }, transient: true })) {
      if (signal?.aborted) throw cancellation(signal, `Reading ${this.name}`);
      for (let used = 0; number <= last && used < chunk.length;) {
        const part = chunk.subarray(used, used + compressed.length - have);
        compressed.set(part, have);
        used += part.length;
        have += part.length;
        if (have < compressed.length) break;
        yield { ...this.frame(number), compressed };
        number += 1;
        if (number <= last) compressed = memory.take(this.#storedSize(number));
        have = 0;
      }
    }
    if (number <= last)
      throw damaged(this.name, `it was cut within frame ${number + 1} of ${this.frameCount}`);
  }

  /** Position of the frame in the stored object; that of the seek table for the number after the last. */
  storedStart(number: number): number {
    return at(this.#storedStarts, number);
  }

  /** Another frame of the same content checksum and stored size, where the seek table tells. */
  frameLike(checksum: number, storedSize: number): number | undefined {
    const found = this.#checksums?.findIndex(
      (candidate, number) => candidate === checksum && this.#storedSize(number) === storedSize,
    );
    return found === -1 ? undefined : found;
  }

  #storedSize(number: number): number {
    return at(this.#storedStarts, number + 1) - at(this.#storedStarts, number);
  }
}

export function damaged(object: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError("damaged", {
    what: `Reading ${object}`,
    why,
    next: "verify the job's recovery points and restore from an undamaged one",
    cause,
  });
}

/** The seek table that the object ends in, whether it fits the object or not; undefined when there is none. */
export async function readSeekTable(reader: ObjectReader, signal?: AbortSignal): Promise<Buffer | undefined> {
  try {
    return await readTable(reader, signal);
  } catch (error) {
    if (hasCode(error, "damaged")) return undefined;
    throw error;
  }
}

async function readTable(reader: ObjectReader, signal: AbortSignal | undefined): Promise<Buffer> {
  if (reader.size < FOOTER_BYTES) throw damaged(reader.name, "it is too short to be whole");
  const footer = await readRange(reader, reader.size - FOOTER_BYTES, FOOTER_BYTES, signal);
  const bytes = tableBytesIn(footer, reader.size);
  if (typeof bytes === "string") throw damaged(reader.name, bytes);
  return readRange(reader, reader.size - bytes, bytes, signal);
}

/** An object that is whole by itself may still be another one, which no frame of it would tell. */
function assertOwnTable(reader: ObjectReader, table: Buffer): void {
  const { name, seekTableSha256 } = reader;
  const digest = hash("sha256", table);
  if (seekTableSha256 === undefined || seekTableSha256 === digest) return;
  const other = reader.whoseSeekTable?.(digest);
  throw damaged(
    name,
    other === undefined
      ? "its seek table is not the one it was written with: it is another version of the object, or damaged there"
      : `it is ${other}: objects were swapped`,
  );
}

async function readRange(
  reader: ObjectReader,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader.read({ signal, range: { offset, length } })) chunks.push(asBuffer(chunk));
  const bytes = join(chunks);
  if (bytes.length !== length)
    throw damaged(reader.name, `it was cut: it ends before its ${reader.size} bytes`);
  return bytes;
}

function at(totals: Float64Array, index: number): number {
  return totals[index] ?? Number.NaN;
}

function join(parts: Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
