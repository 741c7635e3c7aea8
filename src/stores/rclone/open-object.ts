/** Opens an object's content so that it is of one version, whatever happens to the object meanwhile. */
import type { GetOptions } from "../../ports/store.ts";
import type { Objects } from "./objects.ts";
import { isAbsent, RcloneFailure } from "./rclone-api.ts";

/** Objects that are ever replaced are smaller: locks and pins. */
const SMALL_BYTES = 1024 * 1024;
const MAX_ATTEMPTS = 10;

export interface Asked {
  range: GetOptions["range"] | undefined;
  signal: AbortSignal | undefined;
}

/**
 * Undefined when the range lies past the end. Throws an absent failure when there is no object.
 *
 * rclone looks at an object's size and opens it in two steps. Were it replaced in between, the new version would end too
 * early, or be cut to the old one's size: what is small enough to be replaced is looked at again.
 */
export async function openObject(
  objects: Objects,
  key: string,
  { range, signal }: Asked,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (range !== undefined) return openRange(objects, key, { range, signal });
  let trouble: unknown = new Error("it was replaced again and again while it was read");
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      const answer = await objects.read(key, undefined, signal);
      const size = Number(answer.headers["content-length"] ?? Infinity);
      if (size > SMALL_BYTES) return answer;
      const content = await Array.fromAsync(answer as AsyncIterable<Uint8Array>);
      const now = await objects.stat(key, signal);
      if (now === undefined || now.size === size) return oneByOne(content);
    } catch (error) {
      if (signal?.aborted === true || !maybeReplaced(error)) throw error;
      trouble = error;
    }
  }
  throw trouble;
}

/** A connection that breaks may be an answer that is shorter than it was announced. */
function maybeReplaced(error: unknown): boolean {
  return error instanceof RcloneFailure
    ? error.kind === "unopened"
    : (error as NodeJS.ErrnoException).code === "ECONNRESET";
}

async function* oneByOne(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

/** To a range that begins past the end, remotes have different answers. */
async function openRange(
  objects: Objects,
  key: string,
  { range, signal }: { range: NonNullable<Asked["range"]>; signal: AbortSignal | undefined },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  try {
    const answer = await objects.read(
      key,
      `bytes=${range.offset}-${range.offset + range.length - 1}`,
      signal,
    );
    if (range.offset < totalOf(answer.headers["content-range"])) return answer;
    answer.destroy();
    return undefined;
  } catch (error) {
    if (signal?.aborted === true || isAbsent(error)) throw error;
    const found = await objects.stat(key, signal);
    if (found === undefined || range.offset < found.size) throw error;
    return undefined;
  }
}

/** Of `bytes 0-9/10`, the object's size. */
function totalOf(contentRange: string | undefined): number {
  return Number(/\/(\d+)$/.exec(contentRange ?? "")?.[1] ?? Infinity);
}
