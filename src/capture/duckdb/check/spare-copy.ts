/** A second copy of a database that nobody writes to, for a check that does. */
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { SIDE_FILES } from "../../../domain/embedded-database.ts";
import { realSystem } from "../../live/capture-system.ts";
import { sidePath, withLiveFile } from "../../live/live-file.ts";
import { Scratch } from "../../live/scratch.ts";

/** Beside the first, where it may share its bytes; removed with all that the work made of it. Throws `no-space`. */
export async function withSpareCopy<T>(
  capture: string,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(dirname(capture), "spare-"));
  try {
    const path = Buffer.from(capture);
    return await work(await copyMembers({ path, scratch: directory, suffixes: SIDE_FILES.duckdb, signal }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of a database that nobody writes to, with those side files that are there. Gives the path of the new main file. */
export async function copyMembers({
  path,
  scratch: directory,
  suffixes,
  signal,
}: {
  path: Buffer;
  /** Empty directory. */
  scratch: string;
  suffixes: readonly string[];
  signal: AbortSignal;
}): Promise<string> {
  const scratch = new Scratch({ scratch: directory, what: `Copying ${path.toString()}` }, realSystem);
  let main = "";
  for (const suffix of ["", ...suffixes]) {
    await withLiveFile(sidePath(path, suffix), async (file) => {
      const copied = file && (await scratch.copy(file, suffix, { signal }));
      if (suffix === "") main = copied?.path ?? "";
    });
  }
  return main;
}
