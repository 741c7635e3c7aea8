/** What a capture gives, of the files that were copied. */
import type { BigIntStats } from "node:fs";

import type { CapturedDatabase, CaptureFacts } from "../database-capture.ts";
import type { Copied } from "../live/scratch.ts";
import type { SideFile } from "./side-files.ts";

export function toCaptured(
  main: Copied & { stats: BigIntStats },
  sides: readonly SideFile[],
  mode: CaptureFacts["mode"],
): CapturedDatabase {
  return {
    members: [
      { suffix: "", path: main.path, stats: main.stats },
      ...sides.map(({ suffix, path, stats }) => ({ suffix, path, stats })),
    ],
    // A small log may be cloned or not: what counts is the main file.
    facts: { mode, tries: 1, cloned: main.cloned },
  };
}
