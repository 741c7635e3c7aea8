/** A copy of a database's file, open to be packed. */
import fs, { type BigIntStats } from "node:fs";

import { HoldfastError, messageOf } from "../../../domain/errors.ts";
import type { TreeFs } from "../tree-fs.ts";
import type { StagedMember } from "./database-fate.ts";

export interface StagedFile {
  /** The real one, whatever the walk goes through. */
  fs: TreeFs;
  fd: number;
  stats: BigIntStats;
  /** Closes it, and takes it away. */
  remove(): void;
}

/** Throws `internal` when it cannot be opened, as nobody else has to do with it: no walk may take that for a file that vanished. */
export function openStaged({ copy }: StagedMember): StagedFile {
  const fd = openOwn(copy);
  return {
    ...{ fs, fd, stats: fs.fstatSync(fd, { bigint: true }) },
    remove() {
      fs.closeSync(fd);
      fs.rmSync(copy, { force: true });
    },
  };
}

function openOwn(copy: string): number {
  try {
    return fs.openSync(copy, "r");
  } catch (cause) {
    throw new HoldfastError("internal", {
      what: "Archiving the copy of a database",
      why: messageOf(cause),
      next: "see whether something else removes files from the scratch directory, and run the job again",
      cause,
    });
  }
}
