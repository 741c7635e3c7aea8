/** Writes one database of a point into a directory, with the side files that were captured with it, every digest checked. */
import { open, statfs } from "node:fs/promises";
import { join } from "node:path";

import { entryAt } from "../archive/find-entries.ts";
import { hasContent, type ContentEntry } from "../archive/index-entry.ts";
import { IndexSearch } from "../archive/index-search.ts";
import { readFileContent } from "../archive/read-content.ts";
import { notInIndex, toSelection } from "../archive/read-index.ts";
import type { ArchiveOf } from "../archive/restore/plan.ts";
import { SIDE_FILES, type DatabaseKind } from "../domain/embedded-database.ts";
import { HoldfastError } from "../domain/errors.ts";
import { formatSize } from "../domain/human-text.ts";
import type { ObjectReader } from "../ports/object-reader.ts";

export interface DatabaseRequest {
  index: ObjectReader;
  archive: ArchiveOf;
  /** As a person writes it. */
  path: string;
  signal: AbortSignal;
}

export interface FoundMembers {
  kind: DatabaseKind;
  /** The main file's, as a byte string. */
  path: string;
  /** Of the database: the main file first, by what follows its name. */
  members: ReadonlyMap<string, ContentEntry>;
}

/** Throws `not-found`, or `usage` for what is no database. */
export async function findDatabase({
  index,
  path,
  signal,
}: Pick<DatabaseRequest, "index" | "path" | "signal">): Promise<FoundMembers> {
  const search = await IndexSearch.open(index, signal);
  const at = toSelection(path);
  const main = await entryAt(search, at);
  if (main === undefined) throw notInIndex(path);
  if (main.database === undefined || !hasContent(main)) throw noDatabase(path);
  const members = new Map([["", main]]);
  for (const suffix of SIDE_FILES[main.database]) {
    const side = await entryAt(search, at + suffix);
    if (side !== undefined && hasContent(side)) members.set(suffix, side);
  }
  return { kind: main.database, path: at, members };
}

/** Path of the main file. Throws `no-space`, before anything is written. */
export async function fetchDatabase(
  { archive, signal }: Pick<DatabaseRequest, "archive" | "signal">,
  { members }: FoundMembers,
  directory: string,
): Promise<string> {
  const main = join(directory, "database");
  await assertRoom(directory, [...members.values()]);
  for (const [suffix, entry] of members) {
    const file = await open(main + suffix, "wx", 0o600);
    try {
      for await (const chunk of readFileContent({ entry, archive, signal })) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
  }
  return main;
}

async function assertRoom(directory: string, entries: readonly ContentEntry[]): Promise<void> {
  const needed = entries.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(directory);
  if (needed <= bavail * bsize) return;
  throw new HoldfastError("no-space", {
    what: "Fetching the database",
    why: `it takes ${formatSize(needed)}, and ${formatSize(bavail * bsize)} are free in ${directory}`,
    next: "free some, or set `scratch` to a directory on a larger disk",
  });
}

function noDatabase(path: string): HoldfastError {
  return new HoldfastError("usage", {
    what: `Querying ${path}`,
    why: "it was not captured as a DuckDB or SQLite database",
    next: "see which are with `holdfast show POINT`, or take the file with `holdfast cat`",
  });
}
