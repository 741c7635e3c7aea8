/** A framed object in a local file, read with synchronous calls: for a thread that has nothing else to do. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { decompressFrameSync } from "./frame.ts";
import { damaged } from "./framed-object.ts";
import { assertLine } from "./index-lines.ts";
import { FOOTER_BYTES, FrameTable, tableBytesIn } from "./seek-table.ts";

export class FramedFile {
  readonly frameCount: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #frames: FrameTable;
  #kept: { number: number; content: Buffer } | undefined;
  /** Where each frame starts in the file. */
  readonly #starts: Float64Array;

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
    this.frameCount = this.#frames.count;
    this.#starts = new Float64Array(this.frameCount);
    for (let number = 0, start = 0; number < this.frameCount; number += 1) {
      this.#starts[number] = start;
      start += this.#frames.at(number).compressed;
    }
  }

  /** Decoded, in a buffer of its own. */
  frame(number: number): Buffer {
    const { compressed, decoded } = this.#frames.at(number);
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
    let length = 0;
    const { number, start } = this.#holding(position);
    for (let at = number, from = position - start; at < this.frameCount; at += 1, from = 0) {
      const content = this.#recent(at);
      const end = content.indexOf(0x0a, from);
      const part = content.subarray(from, end === -1 ? undefined : end);
      assertLine((length += part.length), this.#path);
      parts.push(part);
      if (end !== -1) return Buffer.concat(parts).toString("utf8");
    }
    throw damaged(this.#path, "a line of it is cut");
  }

  close(): void {
    closeSync(this.#fd);
  }

  #holding(position: number): { number: number; start: number } {
    let start = 0;
    for (let number = 0; number < this.frameCount; number += 1) {
      const { decoded } = this.#frames.at(number);
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

  #readTable(): FrameTable {
    const { size } = fstatSync(this.#fd);
    if (size < FOOTER_BYTES) throw damaged(this.#path, "it is too short to be whole");
    const bytes = tableBytesIn(this.#read(size - FOOTER_BYTES, FOOTER_BYTES), size);
    if (typeof bytes === "string") throw damaged(this.#path, bytes);
    const frames = FrameTable.ofObject(this.#read(size - bytes, bytes), size);
    if (typeof frames === "string") throw damaged(this.#path, frames);
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
