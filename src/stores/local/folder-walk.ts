/** Walks a folder tree in ascending order of key, holding one folder's names at a time in memory. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../domain/errors.ts";
import { compareKeys, isKeySegment } from "../object-key.ts";
import { errnoOf } from "./file-error.ts";

/** How many files are asked for their size at once. */
const STAT_BATCH = 64;

export interface FoundFile {
  key: string;
  path: string;
  /** The last segment of the key. */
  name: string;
  size: number;
  modifiedAt: number;
}

/**
 * Every regular file below `root` whose key starts with `prefix`, temporary ones included. What vanishes meanwhile is
 * left out; whatever else cannot be read throws, with its errno. Names that are no keys are not ours and are skipped.
 */
export async function* walkFolder(root: string, prefix: string): AsyncGenerator<FoundFile, void, undefined> {
  const folderEnd = prefix.lastIndexOf("/") + 1;
  if (folderEnd > 0) await assertNoLink(join(root, prefix.slice(0, folderEnd - 1)));
  yield* walk(root, prefix.slice(0, folderEnd), prefix);
}

async function* walk(root: string, folderKey: string, prefix: string): AsyncGenerator<FoundFile> {
  const entries = await readEntries(root, folderKey);
  const wanted = entries.filter(({ key }) => key.startsWith(prefix) || prefix.startsWith(key));
  for (let at = 0; at < wanted.length; at += STAT_BATCH) {
    const batch = wanted.slice(at, at + STAT_BATCH);
    const files = await Promise.all(
      batch.map(async (entry) => (entry.isFolder ? undefined : statFile(entry))),
    );
    for (const [index, entry] of batch.entries()) {
      const file = files[index];
      if (entry.isFolder) yield* walk(root, entry.key, prefix);
      else if (file !== undefined) yield file;
    }
  }
}

interface Entry {
  /** That of a folder ends in `/`, which is also how it sorts among the keys. */
  key: string;
  path: string;
  name: string;
  isFolder: boolean;
}

async function readEntries(root: string, folderKey: string): Promise<Entry[]> {
  const folder = join(root, folderKey);
  const names = await readdir(folder, { withFileTypes: true }).catch(absent);
  if (names === undefined) return [];
  const entries: Entry[] = [];
  for (const found of names) {
    if (!isKeySegment(found.name)) continue;
    const path = join(folder, found.name);
    if (found.isSymbolicLink()) throw linkInTheWay(path);
    const isFolder = found.isDirectory();
    if (!isFolder && !found.isFile()) continue;
    entries.push({
      key: `${folderKey}${found.name}${isFolder ? "/" : ""}`,
      path,
      name: found.name,
      isFolder,
    });
  }
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

async function statFile({ key, path, name }: Entry): Promise<FoundFile | undefined> {
  const found = await lstat(path).catch(absent);
  if (found === undefined || !found.isFile()) return undefined;
  return { key, path, name, size: found.size, modifiedAt: Math.floor(found.mtimeMs) };
}

async function assertNoLink(path: string): Promise<void> {
  const found = await lstat(path).catch(absent);
  if (found?.isSymbolicLink()) throw linkInTheWay(path);
}

function absent(error: unknown): undefined {
  const errno = errnoOf(error);
  if (errno !== "ENOENT" && errno !== "ENOTDIR") throw error;
}

/** Skipping it could hide recovery points, following it could leave the store or go round in circles. */
function linkInTheWay(path: string): HoldfastError {
  return new HoldfastError("store", {
    what: "Listing the store's folders",
    why: `${path} is a symbolic link, which a store does not follow`,
    next: "remove it, or set the store's path to where it points",
  });
}
