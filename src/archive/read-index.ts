/** Reads `files.jsonl.zst`, entry by entry, in bounded memory. */
import { HoldfastError } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { compareDepthFirst, isWithin, ROOT_PATH, unsafeBecause } from "./byte-path.ts";
import { decodeObject } from "./decode-frames.ts";
import { damaged, FramedObject } from "./framed-object.ts";
import { parseIndexLine, rawPath, type IndexEntry } from "./index-entry.ts";

export interface ReadIndexOptions {
  signal?: AbortSignal | undefined;
}

/**
 * Every entry, in the archive's order. Throws `damaged` when a line is not an entry, when a name could leave the tree,
 * and when the order is not strictly depth-first: no path can come twice or after its directory was left.
 */
export async function* readIndex(
  reader: ObjectReader,
  { signal }: ReadIndexOptions = {},
): AsyncGenerator<IndexEntry> {
  const object = await FramedObject.open(reader, signal);
  let line = 0;
  let last: string | undefined;
  for await (const text of linesOf(object, signal)) {
    line += 1;
    const entry = parseIndexLine(text, { object: reader.name, line });
    const path = rawPath(entry);
    const problem = unsafeBecause(path) ?? orderProblem(last, path);
    if (problem !== undefined) throw damaged(reader.name, `line ${line} is refused: ${problem}`);
    last = path;
    yield entry;
  }
}

/** The entries of a path and below it; all of them without one. Stops reading once it is past them. */
export async function* listEntries(
  reader: ObjectReader,
  { path, signal }: ReadIndexOptions & { path?: string | undefined } = {},
): AsyncGenerator<IndexEntry> {
  const wanted = path === undefined ? ROOT_PATH : toSelection(path);
  for await (const entry of readIndex(reader, { signal })) {
    const at = rawPath(entry);
    if (isWithin(at, wanted)) yield entry;
    else if (compareDepthFirst(at, wanted) > 0) return;
  }
}

/** The entry of exactly that path; throws `not-found`. */
export async function findEntry(
  reader: ObjectReader,
  path: string,
  options: ReadIndexOptions = {},
): Promise<IndexEntry> {
  const wanted = toSelection(path);
  for await (const entry of readIndex(reader, options)) {
    const order = compareDepthFirst(rawPath(entry), wanted);
    if (order === 0) return entry;
    if (order > 0) break;
  }
  throw notInIndex(path);
}

export function notInIndex(path: string): HoldfastError {
  return new HoldfastError("not-found", {
    what: `Looking up ${path}`,
    why: "the recovery point holds no such path",
    next: "list its paths with `holdfast ls`; they are relative to the source's root",
  });
}

/** A path as a person writes it (`/a/b/`, `./a/b`), as a byte path. */
export function toSelection(path: string): string {
  const bytes = Buffer.from(path, "utf8").toString("latin1");
  const parts = bytes.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? ROOT_PATH : parts.join("/");
}

function orderProblem(last: string | undefined, path: string): string | undefined {
  if (last === undefined) return path === ROOT_PATH ? undefined : "the first entry is not the root";
  return compareDepthFirst(last, path) < 0 ? undefined : "the paths are not in order";
}

async function* linesOf(object: FramedObject, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const { content } of decodeObject(object, signal)) {
    const end = content.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      carry = Buffer.concat([carry, content]);
      continue;
    }
    const head =
      carry.length === 0 ? content.subarray(0, end) : Buffer.concat([carry, content.subarray(0, end)]);
    yield* head.toString("utf8", 0, head.length - 1).split("\n");
    carry = Buffer.from(content.subarray(end));
  }
  if (carry.length > 0) throw damaged(object.name, "its last line is cut");
}
