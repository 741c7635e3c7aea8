/** Before the swap: that nobody has written to a file that is now both the target's and the restore's. */
import { HoldfastError } from "../../../domain/errors.ts";
import { rawPath, type IndexEntry } from "../../index-entry.ts";
import { hasStats, isCandidate } from "./candidates.ts";
import { OldFiles } from "./old-files.ts";

/** Throws `refused`. `entries` are those of the restore, again. */
export async function assertUntouched(
  entries: AsyncIterable<IndexEntry>,
  { target, fresh }: { target: string; fresh: string },
): Promise<void> {
  const [before, after] = [new OldFiles(target), new OldFiles(fresh)];
  try {
    for await (const entry of entries) {
      if (!isCandidate(entry)) continue;
      const stats = after.find(rawPath(entry))?.stats;
      const isShared = stats !== undefined && before.find(rawPath(entry))?.stats.ino === stats.ino;
      if (isShared && !hasStats(stats, entry)) throw touched(target, entry);
    }
  } finally {
    before.close();
    after.close();
  }
}

function touched(target: string, { path }: IndexEntry): HoldfastError {
  return new HoldfastError("refused", {
    what: `Restoring to ${target}`,
    why: `somebody wrote to ${path} meanwhile, which was to stay as it is`,
    next: "stop what uses it and restore again",
  });
}
