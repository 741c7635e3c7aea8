/** The entries of the base point's index: one after the other as the walk goes, or any by its position. */
import { compareDepthFirst } from "../../../archive/byte-path.ts";
import type { FramedFile } from "../../../archive/framed-file.ts";
import { assertLine } from "../../../archive/index-lines.ts";
import { parseIndexLine, rawPath, type IndexEntry } from "../../../archive/index-entry.ts";

const LINE_END = 0x0a;

export class BaseEntries {
  readonly #lines: Iterator<string>;
  #next: { path: string; entry: IndexEntry } | undefined;

  constructor(index: FramedFile) {
    this.#lines = textLines(index)[Symbol.iterator]();
    this.#advance();
  }

  /** The entry of the path. Each call's path comes after the last one's, depth-first. Throws `damaged`. */
  at(path: string): IndexEntry | undefined {
    while (this.#next !== undefined) {
      const order = this.#next.path === path ? 0 : compareDepthFirst(this.#next.path, path);
      if (order === 0) return this.#next.entry;
      if (order > 0) return undefined;
      this.#advance();
    }
    return undefined;
  }

  #advance(): void {
    const line = this.#lines.next();
    if (line.done === true) {
      this.#next = undefined;
      return;
    }
    const entry = readLine(line.value);
    this.#next = { path: rawPath(entry), entry };
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

function* textLines(index: FramedFile): Generator<string> {
  for (const { bytes } of wholeLines(index)) yield* bytes.toString("utf8", 0, bytes.length - 1).split("\n");
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
    const end = content.lastIndexOf(LINE_END) + 1;
    if (end > 0) {
      const bytes = Buffer.concat([...carry, content.subarray(0, end)]);
      yield { position, bytes };
      position += bytes.length;
      carry = [];
      carried = 0;
    }
    carry.push(Buffer.from(content.subarray(end)));
    assertLine((carried += content.length - end), "of the base point");
  }
}
