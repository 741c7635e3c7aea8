/** Looking into a recovery point from a page: one directory at a time, one file at a time. */
import { entryAt } from "../archive/find-entries.ts";
import { isWithin, parentOf, unsafeBecause } from "../archive/byte-path.ts";
import { rawPath, rawTarget, type IndexEntry } from "../archive/index-entry.ts";
import { IndexSearch } from "../archive/index-search.ts";
import { readFileContent } from "../archive/read-content.ts";
import { notInIndex } from "../archive/read-index.ts";
import { HoldfastError } from "../domain/errors.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../domain/recovery-point.ts";
import type { Keyring } from "../ports/encryption.ts";
import { assertOfFiles } from "./dumps-of-point.ts";
import type { PointCopy } from "./locate-point.ts";
import { openObject, readHolder } from "./point-objects.ts";

export interface PathInPoint {
  copy: PointCopy;
  keys: Keyring;
  /** A byte path, as the index has it. */
  path: string;
  signal: AbortSignal;
}

/** One entry of a directory; paths and targets are byte strings. */
export interface ListedFile extends Pick<IndexEntry, "type" | "size" | "mode" | "mtime"> {
  path: string;
  target: string | undefined;
}

export interface ListedDirectory {
  files: ListedFile[];
  /** The last path that is shown, where there are more after it. */
  next: string | undefined;
}

/** Entries below a child are read over so far; then the next child is searched for. */
const READ_OVER = 3000;

/** What is directly in the directory, after the path `after`, in the order of the index. A file stands for itself. Throws `not-found`. */
export async function listDirectory(
  at: PathInPoint & { after?: string | undefined; limit: number },
): Promise<ListedDirectory> {
  const { path, after, limit, signal } = at;
  if (unsafeBecause(path) !== undefined) throw notInIndex(path);
  const search = await IndexSearch.open(indexOf(at), signal);
  const self = await entryAt(search, path);
  if (self === undefined) throw notInIndex(path);
  if (self.type !== "directory") return { files: [listed(self)], next: undefined };
  const files: ListedFile[] = [];
  const isBelow = after !== undefined && parentOf(after) === path;
  let from: string | undefined = isBelow ? afterAllOf(after) : path;
  while (from !== undefined && files.length <= limit) {
    from = await collect(search.from(from), path, { files, limit });
  }
  return { files: files.slice(0, limit), next: files.length > limit ? files[limit - 1]?.path : undefined };
}

/** Undefined at the end of the directory; else where to search on, since the last child holds very much. */
async function collect(
  entries: AsyncIterable<IndexEntry>,
  directory: string,
  { files, limit }: { files: ListedFile[]; limit: number },
): Promise<string | undefined> {
  let readOver = 0;
  for await (const entry of entries) {
    const path = rawPath(entry);
    if (path === directory) continue;
    if (!isWithin(path, directory)) return undefined;
    if (parentOf(path) === directory) {
      files.push(listed(entry));
      readOver = 0;
      if (files.length > limit) return undefined;
    } else if (++readOver > READ_OVER) {
      const last = files.at(-1);
      return last === undefined ? undefined : afterAllOf(last.path);
    }
  }
  return undefined;
}

/** Comes after the path and all that is below it, and before every other: no name holds this byte. */
function afterAllOf(path: string): string {
  return `${path}\0`;
}

function listed(entry: IndexEntry): ListedFile {
  const { type, size, mode, mtime } = entry;
  return { type, size, mode, mtime, path: rawPath(entry), target: rawTarget(entry) || undefined };
}

export interface OpenedFile {
  size: number;
  /** Ends in `damaged` when the bytes are not those that were archived. */
  chunks: AsyncIterable<Uint8Array>;
}

/** Throws `not-found`, and `usage` for what has no content. */
export async function openFile(at: PathInPoint): Promise<OpenedFile> {
  const { copy, keys, path, signal } = at;
  const { store, point, siblings } = copy;
  const entry = await entryAt(await IndexSearch.open(indexOf(at), signal), path);
  if (entry === undefined) throw notInIndex(path);
  if (entry.data === undefined) {
    const why = `it is a ${entry.type}`;
    throw new HoldfastError("usage", { what: "Downloading it", why, next: "choose a file" });
  }
  const options = { keys, siblings: [point.record, ...siblings] };
  const archive = async (id: string | undefined) =>
    openObject(store, await readHolder(store, point.record, id, { signal }), ARCHIVE_OBJECT, options);
  return { size: entry.size, chunks: readFileContent({ entry, archive, signal }) };
}

function indexOf({ copy: { store, point, siblings }, keys }: PathInPoint) {
  assertOfFiles(point.record, `Looking into recovery point ${point.id}`);
  return openObject(store, point.record, INDEX_OBJECT, { keys, siblings });
}
