/** Entries of an index by their path. */
import type { ObjectReader } from "../ports/object-reader.ts";
import { compareDepthFirst, isWithin, parentOf, ROOT_PATH } from "./byte-path.ts";
import { rawPath, type IndexEntry } from "./index-entry.ts";
import { IndexSearch } from "./index-search.ts";
import { notInIndex, readIndex, toSelection, type ReadIndexOptions } from "./read-index.ts";

/** The entries of a path and below it; all of them without one. */
export function listEntries(
  reader: ObjectReader,
  { path, signal }: ReadIndexOptions & { path?: string | undefined } = {},
): AsyncGenerator<IndexEntry> {
  const wanted = path === undefined ? ROOT_PATH : toSelection(path);
  return wanted === ROOT_PATH ? readIndex(reader, { signal }) : listBelow(reader, wanted, { signal });
}

/** The entry of exactly that path; throws `not-found`. */
export async function findEntry(
  reader: ObjectReader,
  path: string,
  { signal }: ReadIndexOptions = {},
): Promise<IndexEntry> {
  const search = await IndexSearch.open(reader, signal);
  const found = await entryAt(search, toSelection(path));
  if (found === undefined) throw await missing(reader, path, { signal });
  return found;
}

/**
 * The part of the index that was asked for, in its order: those paths, all below them, and the directories above them.
 * All of it without paths. Throws `not-found` for a path that is not there.
 */
export async function* selectEntries(
  reader: ObjectReader,
  paths: readonly string[] | undefined,
  { signal }: ReadIndexOptions = {},
): AsyncGenerator<IndexEntry> {
  const selections = (paths ?? [ROOT_PATH]).map((path) => ({ path, at: toSelection(path) }));
  if (selections.some(({ at }) => at === ROOT_PATH)) {
    yield* readIndex(reader, { signal });
    return;
  }
  const search = await IndexSearch.open(reader, signal);
  for (const { path, at } of selections)
    if ((await entryAt(search, at)) === undefined) throw await missing(reader, path, { signal });
  const above = new Set<string>();
  for (const wanted of outermost(selections.map(({ at }) => at))) {
    for (const directory of ancestorsOf(wanted)) {
      const entry = above.has(directory) ? undefined : await entryAt(search, directory);
      above.add(directory);
      if (entry !== undefined) yield entry;
    }
    yield* below(search, wanted);
  }
}

/** Without those that lie below another, in the index's order. */
function outermost(paths: readonly string[]): string[] {
  const sorted = [...paths].sort(compareDepthFirst);
  return sorted.reduce<string[]>((kept, path) => {
    const last = kept.at(-1);
    return last !== undefined && isWithin(path, last) ? kept : [...kept, path];
  }, []);
}

/** From the root down, without the path itself. */
function ancestorsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === ROOT_PATH ? [ROOT_PATH] : [...ancestorsOf(parent), parent];
}

async function* listBelow(
  reader: ObjectReader,
  path: string,
  { signal }: ReadIndexOptions,
): AsyncGenerator<IndexEntry> {
  yield* below(await IndexSearch.open(reader, signal), path);
}

async function* below(search: IndexSearch, path: string): AsyncGenerator<IndexEntry> {
  for await (const entry of search.from(path)) {
    if (!isWithin(rawPath(entry), path)) return;
    yield entry;
  }
}

/** Undefined where there is none of exactly that byte path. */
export async function entryAt(search: IndexSearch, path: string): Promise<IndexEntry | undefined> {
  for await (const entry of search.from(path)) return rawPath(entry) === path ? entry : undefined;
  return undefined;
}

/** Why it was not found: an index that is not in order hides entries, and that is for a whole reading to say. */
async function missing(reader: ObjectReader, path: string, options: ReadIndexOptions): Promise<Error> {
  const all = readIndex(reader, options);
  while ((await all.next()).done !== true);
  return notInIndex(path);
}
