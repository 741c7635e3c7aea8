/** The content of one entry, reading only the frames that hold it. */
import { createHash } from "node:crypto";

import { HoldfastError } from "../domain/errors.ts";
import { decodeFrames } from "./decode-frames.ts";
import { damaged } from "./framed-object.ts";
import { hasContent, type IndexEntry } from "./index-entry.ts";
import { ArchiveSet, type ArchiveOf } from "./restore/plan.ts";

/**
 * Throws `damaged` after the last chunk when the bytes are not those that were archived, so whoever keeps them waits for
 * the end.
 */
export async function* readFileContent(options: {
  entry: IndexEntry;
  archive: ArchiveOf;
  signal?: AbortSignal | undefined;
}): AsyncGenerator<Uint8Array> {
  const { entry, archive, signal } = options;
  if (!hasContent(entry)) throw noContent(entry);
  const { offset, point } = entry.data;
  const object = await new ArchiveSet(archive, signal).of(point);
  const end = offset + entry.size;
  const digest = createHash("sha256");
  if (entry.size > 0) {
    const run = { object, first: object.frameHolding(offset), last: object.frameHolding(end - 1) };
    for await (const { start, content } of decodeFrames([run], signal)) {
      const bytes = content.subarray(Math.max(0, offset - start), Math.min(content.length, end - start));
      digest.update(bytes);
      yield bytes;
    }
  }
  if (digest.digest("hex") !== entry.sha256)
    throw damaged(object.name, `${entry.path} does not match its digest`);
}

function noContent(entry: IndexEntry): HoldfastError {
  const what = `Reading ${entry.path}`;
  const why =
    entry.type === "symlink"
      ? `it is a symlink to ${entry.target ?? ""}`
      : `it is a ${entry.type.replace("-", " ")}`;
  return new HoldfastError("usage", { what, why, next: "name a file" });
}
