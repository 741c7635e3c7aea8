/** Reads the numbers and strings of a pg_dump archive from bytes that come in chunks, in memory that does not grow with them. */

/** Waits for more bytes at each `yield`. */
export type Reading<T> = Generator<undefined, T, undefined>;

const INT_BYTES = 5;
const NEWLINE = 0x0a;
/** What stands behind the rows of COPY. */
const END_OF_ROWS = Buffer.from("\\.\n\n\n");
const NEWLINES_OF_END = 3;
/** Of a string whose text is wanted; longer ones are cut. */
const TEXT_BYTES = 1024 * 1024;

export class ByteStream {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  get isEmpty(): boolean {
    return this.#at === this.#chunk.length;
  }

  /** Read until `keepRest`, which is to be called before the chunk's memory is used again. */
  give(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#chunk = this.isEmpty ? bytes : Buffer.concat([this.#chunk, bytes]);
    this.#at = 0;
  }

  /** Less than a number, as whoever reads takes all else as it comes. */
  keepRest(): void {
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#at));
    this.#at = 0;
  }

  *byte(): Reading<number> {
    yield* this.#await(1);
    return this.#chunk.readUInt8(this.#at++);
  }

  /** A sign, then four bytes, the lowest first. */
  *int(): Reading<number> {
    yield* this.#await(INT_BYTES);
    const value = this.#chunk.readUInt32LE(this.#at + 1);
    const isNegative = this.#chunk[this.#at] !== 0;
    this.#at += INT_BYTES;
    return isNegative ? -value : value;
  }

  /** Undefined: there is none, which is not an empty one. */
  *text(): Reading<string | undefined> {
    const length = yield* this.int();
    if (length < 0) return undefined;
    const parts: Buffer[] = [];
    let wanted = Math.min(length, TEXT_BYTES);
    let left = length;
    while (left > 0) {
      if (this.isEmpty) yield;
      const part = this.#chunk.subarray(this.#at, this.#at + left);
      if (wanted > 0) parts.push(Buffer.from(part.subarray(0, wanted)));
      wanted -= Math.min(wanted, part.length);
      left -= part.length;
      this.#at += part.length;
    }
    return Buffer.concat(parts).toString("utf8");
  }

  *skip(length: number): Reading<void> {
    let left = length;
    for (;;) {
      const part = Math.min(left, this.#chunk.length - this.#at);
      this.#at += part;
      left -= part;
      if (left === 0) return;
      yield;
    }
  }

  /**
   * Lengths with as many bytes behind them, to the length 0. Of a table that is not compressed each row is one. Gives the rows of a
   * COPY, which are its lines: newlines in values are written as \n. Undefined where it does not end as one.
   */
  *copyChunks(): Reading<number | undefined> {
    let lines = 0;
    let end: Buffer = Buffer.alloc(0);
    const keepEnd = (bytes: Buffer): void => {
      end = Buffer.concat([end, bytes.subarray(-END_OF_ROWS.length)]).subarray(-END_OF_ROWS.length);
    };
    for (;;) {
      const whole = this.#wholeChunks(keepEnd);
      lines += whole;
      const length = yield* this.int();
      if (length === 0) return end.equals(END_OF_ROWS) ? lines - NEWLINES_OF_END : undefined;
      if (length < 0) throw new Error("it has data of a length below zero");
      let left = length;
      for (;;) {
        const part = this.#chunk.subarray(this.#at, this.#at + left);
        lines += linesIn(part, 0, part.length);
        keepEnd(part);
        this.#at += part.length;
        left -= part.length;
        if (left === 0) break;
        yield;
      }
    }
  }

  /** Lengths with as many bytes behind them, to the length 0. */
  *skipChunks(): Reading<void> {
    for (;;) {
      const length = yield* this.int();
      if (length === 0) return;
      if (length < 0) throw new Error("it has data of a length below zero");
      yield* this.skip(length);
    }
  }

  /** The lines in those that are there to their end, as fast as can be: there are as many as rows. */
  #wholeChunks(keepEnd: (bytes: Buffer) => void): number {
    const chunk = this.#chunk;
    const last = chunk.length - INT_BYTES;
    let at = this.#at;
    let lines = 0;
    let seen = at;
    while (at <= last && chunk[at] === 0) {
      const length =
        (chunk[at + 1] ?? 0) +
        (chunk[at + 2] ?? 0) * 256 +
        (chunk[at + 3] ?? 0) * 65536 +
        (chunk[at + 4] ?? 0) * 16777216;
      const next = at + INT_BYTES + length;
      if (length === 0 || next > chunk.length) break;
      seen = at + INT_BYTES;
      lines += linesIn(chunk, seen, next);
      at = next;
    }
    if (at > this.#at) keepEnd(chunk.subarray(seen, at));
    this.#at = at;
    return lines;
  }

  *#await(length: number): Reading<void> {
    while (this.#chunk.length - this.#at < length) yield;
  }
}

/** Mostly one, at the end. */
function linesIn(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1 && at < to; at = bytes.indexOf(NEWLINE, at)) {
    lines += 1;
    at += 1;
    if (at >= to) break;
  }
  return lines;
}
