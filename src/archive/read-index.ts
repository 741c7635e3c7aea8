/** Reads `files.jsonl.zst`, entry by entry, in bounded memory. */
import { HoldfastError } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { compareDepthFirst, ROOT_PATH, unsafeBecause } from "./byte-path.ts";
import { damaged, FramedObject } from "./framed-object.ts";
import { parseIndexLine, rawPath, type IndexEntry } from "./index-entry.ts";
import { lineBlocks, linesOf } from "./index-lines.ts";

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
  for await (const block of lineBlocks(object, signal)) {
    for (const text of linesOf(block, object.name)) {
      line += 1;
      const entry = parseIndexLine(text, { object: reader.name, line });
      const path = rawPath(entry);
      const problem = unsafeBecause(path) ?? orderProblem(last, path);
      if (problem !== undefined) throw damaged(reader.name, `line ${line} is refused: ${problem}`);
      last = path;
      yield entry;
    }
  }
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
