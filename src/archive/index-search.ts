/**
 * Finds entries by their path without reading the whole index: its lines are in order, so the frame is found by
 * halving, and in the frame the line. Reads a handful of frames, however many there are.
 */
import type { ObjectReader } from "../ports/object-reader.ts";
import { compareDepthFirst, unsafeBecause } from "./byte-path.ts";
import { decodeFrames } from "./decode-frames.ts";
import { damaged, FramedObject } from "./framed-object.ts";
import { parseIndexLine, rawPath, type IndexEntry } from "./index-entry.ts";
import { blocksFrom, cutAfterLastLine, lineAt, linesOf, lineStart } from "./index-lines.ts";

/** Whole lines of one frame, and the beginning of the line that goes on in the next. */
interface FrameLines {
  frame: number;
  whole: Buffer;
  carry: Buffer;
}

export class IndexSearch {
  readonly #object: FramedObject;
  readonly #signal: AbortSignal | undefined;
  /** Path of the first line that begins in a frame; null where none does. */
  readonly #firstPaths = new Map<number, string | null>();
  /** The frame that was looked into last: the next look is often into the same. */
  #latest: FrameLines | undefined;

  private constructor(object: FramedObject, signal: AbortSignal | undefined) {
    this.#object = object;
    this.#signal = signal;
  }

  static async open(reader: ObjectReader, signal: AbortSignal | undefined): Promise<IndexSearch> {
    return new IndexSearch(await FramedObject.open(reader, signal), signal);
  }

  /**
   * The entries from the first that is not before the path, in order. Only what is read is checked; throws `damaged`
   * when that is no entry, not safe or not in order.
   */
  async *from(path: string): AsyncGenerator<IndexEntry> {
    let last: string | undefined;
    for await (const text of this.#linesFrom(path)) {
      const { entry, at } = this.#parse(text);
      if (last !== undefined && compareDepthFirst(last, at) >= 0)
        throw damaged(this.#object.name, "its paths are not in order");
      last = at;
      yield entry;
    }
  }

  async *#linesFrom(path: string): AsyncGenerator<string> {
    if (this.#object.frameCount === 0) return;
    const { frame, whole, carry } = await this.#frameBefore(path);
    yield* linesOf(whole.subarray(this.#firstNotBefore(whole, path)), this.#object.name);
    for await (const block of blocksFrom(this.#object, { frame: frame + 1, carry }, this.#signal))
      yield* linesOf(block.subarray(this.#firstNotBefore(block, path)), this.#object.name);
  }

  /** The last frame whose first line is not after the path: from there on, nothing is missed. */
  async #frameBefore(path: string): Promise<FrameLines> {
    let low = 0;
    let high = this.#object.frameCount - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const first = await this.#firstPath(middle);
      if (first !== null && compareDepthFirst(first, path) <= 0) low = middle;
      else high = middle - 1;
    }
    return this.#linesIn(low);
  }

  async #firstPath(frame: number): Promise<string | null> {
    const known = this.#firstPaths.get(frame);
    if (known !== undefined) return known;
    const { whole } = await this.#linesIn(frame);
    const first = whole.length === 0 ? null : this.#parse(lineAt(whole, 0, this.#object.name)).at;
    this.#firstPaths.set(frame, first);
    return first;
  }

  /** The lines that begin in the frame; its first bytes end one that began before. */
  async #linesIn(frame: number): Promise<FrameLines> {
    if (this.#latest?.frame === frame) return this.#latest;
    let content: Buffer = Buffer.alloc(0);
    const run = { object: this.#object, first: frame, last: frame };
    for await (const decoded of decodeFrames([run], this.#signal)) content = decoded.content;
    const begin = frame === 0 ? 0 : content.indexOf("\n") + 1;
    const [whole, carry] = cutAfterLastLine(content.subarray(begin));
    this.#latest = { frame, whole, carry };
    return this.#latest;
  }

  /** Position of the first line in the block whose path is not before the given one. */
  #firstNotBefore(block: Buffer, path: string): number {
    let low = 0;
    let high = block.length;
    while (low < high) {
      const start = lineStart(block, (low + high) >> 1);
      const text = lineAt(block, start, this.#object.name);
      if (compareDepthFirst(this.#parse(text).at, path) >= 0) high = start;
      else low = block.indexOf("\n", start) + 1;
    }
    return low;
  }

  #parse(text: string): { entry: IndexEntry; at: string } {
    const entry = parseIndexLine(text, { object: this.#object.name });
    const at = rawPath(entry);
    const problem = unsafeBecause(at);
    if (problem !== undefined)
      throw damaged(this.#object.name, `the line of ${entry.path} is refused: ${problem}`);
    return { entry, at };
  }
}
