/** Looks at what a directory holds under an entry's path, never through a symlink on the way. */
import { constants, lstatSync, openSync, type BigIntStats } from "node:fs";

import { parentOf, toFsPath } from "../../byte-path.ts";
import { OpenDirectories } from "../../import/open-directories.ts";
import { errnoOf } from "../../restore/moves.ts";

export interface OldFile {
  /** A byte path, good until the next one is asked for. */
  at: string;
  stats: BigIntStats;
}

const OPEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class OldFiles {
  readonly #directories: OpenDirectories;

  constructor(root: string) {
    this.#directories = new OpenDirectories(Buffer.from(root).toString("latin1"));
  }

  /** Undefined unless there is a regular file that this process can reach. Cheapest in the index's order. */
  find(path: string): OldFile | undefined {
    try {
      const directory = this.#directories.enter(parentOf(path));
      if (directory === undefined) return undefined;
      const at = this.#directories.at(directory, path.slice(path.lastIndexOf("/") + 1));
      const stats = lstatSync(toFsPath(at), { bigint: true });
      return stats.isFile() ? { at, stats } : undefined;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }

  close(): void {
    this.#directories.close();
  }
}

/** A descriptor for reading, where possible without touching the file's access time; undefined when it may not be read. */
export function openOld({ at }: OldFile): number | undefined {
  for (const flags of [OPEN | constants.O_NOATIME, OPEN]) {
    try {
      return openSync(toFsPath(at), flags);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
  return undefined;
}
