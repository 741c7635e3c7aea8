/** The lines of an index, which are cut into frames without regard to where a line ends. */
import { decodePassing } from "./decode-frames.ts";
import { damaged, type FramedObject } from "./framed-object.ts";

const NEWLINE = 0x0a;

/** Far above any line of ours, and a bound for what others wrote: a line is held in memory. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Throws `damaged` for a line, or a part of one, that is longer than may be. */
export function assertLine(length: number, index: string): void {
  if (length <= MAX_LINE_BYTES) return;
  throw damaged(index, `it has a line of more than ${MAX_LINE_BYTES} bytes`);
}

/** Whole lines, each with its newline, in blocks of about a frame. Throws `damaged` when the last one is cut. */
export async function* lineBlocks(object: FramedObject, signal?: AbortSignal): AsyncGenerator<Buffer> {
  yield* blocksFrom(object, { frame: 0, carry: Buffer.alloc(0) }, signal);
}

/** Those of the frames from `frame` on, where `carry` is the beginning of their first line. */
export async function* blocksFrom(
  object: FramedObject,
  start: { frame: number; carry: Buffer },
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let carry = [start.carry];
  let carried = start.carry.length;
  const run = { object, first: start.frame, last: object.frameCount - 1 };
  for await (const { content } of decodePassing(run.first > run.last ? [] : [run], signal)) {
    const [whole, rest] = cutAfterLastLine(content);
    if (whole.length > 0) {
      yield carried === 0 ? whole : Buffer.concat([...carry, whole]);
      carry = [];
      carried = 0;
    }
    // A part of it would keep all of the frame in memory.
    carry.push(Buffer.from(rest));
    assertLine((carried += rest.length), object.name);
  }
  if (carried > 0) throw damaged(object.name, "its last line is cut");
}

/** The part that ends in a newline, and what is after it. */
export function cutAfterLastLine(content: Buffer): [whole: Buffer, rest: Buffer] {
  const end = content.lastIndexOf(NEWLINE) + 1;
  return [content.subarray(0, end), content.subarray(end)];
}

/** The lines of a block, as text without their newlines; `index` names it where one is longer than may be. */
export function* linesOf(block: Buffer, index: string): Generator<string> {
  for (let at = 0; at < block.length;) {
    const end = block.indexOf(NEWLINE, at);
    assertLine(end - at, index);
    yield block.toString("utf8", at, end);
    at = end + 1;
  }
}

/** Where the line begins that holds the position. */
export function lineStart(block: Buffer, position: number): number {
  return position === 0 ? 0 : block.lastIndexOf(NEWLINE, position - 1) + 1;
}

/** The line that begins there, without its newline. */
export function lineAt(block: Buffer, start: number, index: string): string {
  const end = block.indexOf(NEWLINE, start);
  assertLine(end - start, index);
  return block.toString("utf8", start, end);
}
