/** The files of one database are restored together: a main file beside the log of another state is lost data. */
import { SIDE_FILES } from "../../domain/embedded-database.ts";
import type { ObjectReader } from "../../ports/object-reader.ts";
import { isWithin, ROOT_PATH, toText } from "../byte-path.ts";
import { entryAt } from "../find-entries.ts";
import type { IndexEntry } from "../index-entry.ts";
import { IndexSearch } from "../index-search.ts";
import { toSelection, type ReadIndexOptions } from "../read-index.ts";

export interface CompleteSelection {
  /** What was asked for, with the side files that the point holds of each database in it; undefined: all of the point. */
  paths: readonly string[] | undefined;
  /** Side files of those databases that the point does not hold: whatever has such a name belongs to another state. */
  leaving: readonly string[];
  /** Side files that were asked for without their database. */
  alone: readonly { path: string; database: string }[];
}

/** A path that the index does not hold stays in the selection, for whoever restores to complain of. */
export async function withSideFiles(
  index: ObjectReader,
  paths: readonly string[] | undefined,
  { signal }: ReadIndexOptions = {},
): Promise<CompleteSelection> {
  const selected = paths?.map(toSelection);
  if (paths === undefined || selected === undefined || selected.includes(ROOT_PATH))
    return { paths, leaving: [], alone: [] };
  const search = await IndexSearch.open(index, signal);
  const isSelected = (path: string): boolean => selected.some((other) => isWithin(path, other));
  const added: string[] = [];
  const leaving: string[] = [];
  const alone: { path: string; database: string }[] = [];
  for (const path of selected) {
    const entry = await entryAt(search, path);
    for (const side of sideFilesOf(path, entry)) {
      if (isSelected(side)) continue;
      const held = await entryAt(search, side);
      // A directory of such a name is nobody's log.
      if (held === undefined) leaving.push(toText(side).text);
      else if (held.type !== "directory") added.push(toText(side).text);
    }
    const database = entry && (await databaseOf(search, path));
    if (database !== undefined && !isSelected(database))
      alone.push({ path: toText(path).text, database: toText(database).text });
  }
  return { paths: [...paths, ...new Set(added)], leaving: [...new Set(leaving)], alone };
}

function sideFilesOf(path: string, entry: Pick<IndexEntry, "database"> | undefined): string[] {
  return entry?.database === undefined ? [] : SIDE_FILES[entry.database].map((suffix) => path + suffix);
}

/** The main file of which `path` is a side file. */
async function databaseOf(search: IndexSearch, path: string): Promise<string | undefined> {
  for (const [kind, suffixes] of Object.entries(SIDE_FILES)) {
    for (const suffix of suffixes) {
      const main = path.endsWith(suffix) ? path.slice(0, -suffix.length) : "";
      if (main !== "" && (await entryAt(search, main))?.database === kind) return main;
    }
  }
  return undefined;
}
