/** The entries of the base point's index: one after the other as the walk goes, or any by its position. */
import { compareDepthFirst, toText } from "../../../archive/byte-path.ts";
import type { FramedFile } from "../../../archive/framed-file.ts";
import { parseIndexLine, rawPath, type IndexEntry } from "../../../archive/index-entry.ts";
import { assertLine } from "../../../archive/index-lines.ts";

const LINE_END = 0x0a;
/** Only in the lines of directories: inside of a name, the quotes would be escaped. */
const DIRECTORY = '","type":"directory","size":';

/** Of everything but directories. Each call's path comes after the last one's, depth-first. They throw `damaged`. */
export class BaseEntries {
  readonly #lines: Iterator<string>;
  /** A byte string. */
  #line: string | undefined;
  #isPassed = false;
  /** Of the line, once it was read. */
  #entry: { path: string; entry: IndexEntry } | undefined;

  constructor(index: FramedFile) {
    this.#lines = byteLines(index)[Symbol.iterator]();
    this.#advance();
  }

  /** What follows `head` in the line of the next path, which nobody need parse; undefined when it does not begin so. */
  restAfter(head: string): string | undefined {
    if (this.#isPassed) this.#advance();
    if (this.#line?.startsWith(head) !== true) return undefined;
    this.#isPassed = true;
    return this.#line.slice(head.length);
  }

  /** The entry of the path. */
  at(path: string): IndexEntry | undefined {
    for (let next = this.#read(); next !== undefined; next = this.#read()) {
      const order = next.path === path ? 0 : compareDepthFirst(next.path, path);
      if (order === 0) return next.entry;
      if (order > 0) return undefined;
      this.#advance();
    }
    return undefined;
  }

  #read(): { path: string; entry: IndexEntry } | undefined {
    if (this.#line === undefined || this.#entry !== undefined) return this.#entry;
    const entry = readLine(toText(this.#line).text);
    return (this.#entry = { path: rawPath(entry), entry });
  }

  #advance(): void {
    const line = this.#lines.next();
    this.#line = line.done === true ? undefined : line.value;
    this.#isPassed = false;
    this.#entry = undefined;
  }
}

/** A line, and where its first byte is in the decoded index. */
export interface PlacedLine {
  position: number;
  text: string;
}

export function readLine(text: string): IndexEntry {
  return parseIndexLine(text, { object: "of the base point", line: 0 });
}

/** One at a time: all those of a frame would outlive the collections of young memory. */
function* byteLines(index: FramedFile): Generator<string> {
  for (const { bytes } of wholeLines(index)) {
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(LINE_END, start);
      const line = bytes.toString("latin1", start, end);
      if (!line.includes(DIRECTORY)) yield line;
      start = end + 1;
    }
  }
}

/** Every line with its position. */
export function* placedLines(index: FramedFile): Generator<PlacedLine> {
  for (const { position, bytes } of wholeLines(index)) {
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(LINE_END, start);
      yield { position: position + start, text: bytes.toString("utf8", start, end) };
      start = end + 1;
    }
  }
}

/** About a frame at a time; what follows the last line end is no entry. */
function* wholeLines(index: FramedFile): Generator<{ position: number; bytes: Buffer }> {
  let carry: Buffer[] = [];
  let carried = 0;
  let position = 0;
  for (let number = 0; number < index.frameCount; number += 1) {
    const content = index.frame(number);
    const first = content.indexOf(LINE_END) + 1;
    const end = content.lastIndexOf(LINE_END) + 1;
    if (first > 0) {
      // The line that began in an earlier frame, by itself: the others need not be copied.
      const cut = Buffer.concat([...carry, content.subarray(0, first)]);
      yield { position, bytes: cut };
      yield { position: position + cut.length, bytes: content.subarray(first, end) };
      position += cut.length + end - first;
      carry = [];
      carried = 0;
    }
    carry.push(Buffer.from(content.subarray(end)));
    assertLine((carried += content.length - end), "of the base point");
  }
}
