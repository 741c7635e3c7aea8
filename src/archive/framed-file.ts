/** A framed object in a local file, read with synchronous calls: for a thread that has nothing else to do. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { decompressFrameSync } from "./frame.ts";
import { damaged } from "./framed-object.ts";
import { decodeSeekTable, FOOTER_BYTES, seekTableBytesFrom, type FrameSize } from "./seek-table.ts";

export class FramedFile {
  readonly frameCount: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #frames: readonly FrameSize[];
  #kept: { number: number; content: Buffer } | undefined;
  /** Where each frame starts in the file. */
  readonly #starts: readonly number[];

  /** Throws `damaged`, and what the file system throws. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "r");
    try {
      this.#frames = this.#readTable();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    let start = 0;
    this.#starts = this.#frames.map(({ compressed }) => (start += compressed) - compressed);
    this.frameCount = this.#frames.length;
  }

  /** Decoded, in a buffer of its own. */
  frame(number: number): Buffer {
    const { compressed, decoded } = this.#frames[number] ?? { compressed: 0, decoded: 0 };
    const bytes = this.#read(this.#starts[number] ?? 0, compressed);
    try {
      return decompressFrameSync(bytes, decoded);
    } catch (error) {
      throw damaged(this.#path, `frame ${number + 1} of ${this.frameCount} cannot be decoded`, error);
    }
  }

  /** The text from the decoded position up to the end of its line. */
  lineAt(position: number): string {
    const parts: Buffer[] = [];
    const { number, start } = this.#holding(position);
    for (let at = number, from = position - start; at < this.frameCount; at += 1, from = 0) {
      const content = this.#recent(at);
      const end = content.indexOf(0x0a, from);
      parts.push(content.subarray(from, end === -1 ? undefined : end));
      if (end !== -1) return Buffer.concat(parts).toString("utf8");
    }
    throw damaged(this.#path, "a line of it is cut");
  }

  close(): void {
    closeSync(this.#fd);
  }

  #holding(position: number): { number: number; start: number } {
    let start = 0;
    for (const [number, { decoded }] of this.#frames.entries()) {
      if (position < start + decoded) return { number, start };
      start += decoded;
    }
    throw damaged(this.#path, `it ends before position ${position}`);
  }

  /** The frame that was asked for last is kept: lines that are looked up often lie near one another. */
  #recent(number: number): Buffer {
    if (this.#kept?.number !== number) this.#kept = { number, content: this.frame(number) };
    return this.#kept.content;
  }

  #readTable(): FrameSize[] {
    const { size } = fstatSync(this.#fd);
    if (size < FOOTER_BYTES) throw damaged(this.#path, "it is too short to be whole");
    const bytes = seekTableBytesFrom(this.#read(size - FOOTER_BYTES, FOOTER_BYTES));
    const table = bytes === undefined || bytes > size ? undefined : this.#read(size - bytes, bytes);
    const frames = table && decodeSeekTable(table);
    if (frames === undefined) throw damaged(this.#path, "it does not end in a seek table");
    return frames;
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, bytes, done, length - done, position + done);
      if (count === 0) throw damaged(this.#path, "it is shorter than its seek table says");
      done += count;
    }
    return bytes;
  }
}
