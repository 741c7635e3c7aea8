/** A second copy of a capture, for a check that writes to what it opens. */
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { SIDE_FILES } from "../../../domain/embedded-database.ts";
import { realSystem } from "../capture-system.ts";
import { sidePath, withLiveFile } from "../live-file.ts";
import { Scratch } from "../scratch.ts";

/** Beside the capture, where it may share its bytes; removed with all that the work made of it. Throws `no-space`. */
export async function withSpareCopy<T>(
  capture: string,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(dirname(capture), "spare-"));
  try {
    const path = Buffer.from(capture);
    const scratch = new Scratch({ scratch: directory, path }, realSystem);
    let main = "";
    for (const suffix of ["", ...SIDE_FILES.duckdb]) {
      await withLiveFile(sidePath(path, suffix), async (file) => {
        const copied = file && (await scratch.copy(file, suffix, { signal }));
        if (suffix === "") main = copied?.path ?? "";
      });
    }
    return await work(main);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
