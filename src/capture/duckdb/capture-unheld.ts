/**
 * One try to capture a DuckDB database while its writers go on. What was copied is the database at one moment when, from before
 * the first byte until after the last, the main file was not written at all, and its log only grew: a log cut anywhere replays
 * to what was committed until there.
 */
import type { CapturedDatabase, DatabaseOrder } from "../database-capture.ts";
import { CannotCapture } from "../live/cannot-capture.ts";
import type { CaptureSystem } from "../live/capture-system.ts";
import { isUntouched, statLive } from "../live/live-file.ts";
import { whenSettled, withMainFile } from "../live/main-file.ts";
import { readHeaders } from "./headers.ts";
import { toCaptured } from "./captured-members.ts";
import type { Scratch } from "../live/scratch.ts";
import { copySideFiles, isInCheckpoint, lookAgain, type SideFile } from "./side-files.ts";

const WRITTEN = "its main file was written to";

/** Throws `CannotCapture` where it did not hold still for long enough; copies are left in the scratch directory then. */
export async function captureUnheld(
  { path, clock, signal }: Pick<DatabaseOrder, "path" | "clock" | "signal">,
  scratch: Scratch,
  { between }: CaptureSystem,
): Promise<CapturedDatabase> {
  return withMainFile(path, async (opened) => {
    const main = await whenSettled(opened, clock, signal);
    await between("opened");
    const headers = await readHeaders(main);
    await between("headers read");

    if (await isInCheckpoint(path)) throw busy("a checkpoint was running");
    const sides = await copySideFiles(path, scratch, signal);
    refuseCheckpoints(sides);
    await between("side files copied");
    const recheck = async () => {
      if (!isUntouched(main.stats, await statLive(path))) throw busy(WRITTEN);
    };
    const copied = await scratch.copy(main, "", { signal, recheck });
    await between("main copied");

    await lookAgain(path, sides, signal);
    await between("side files looked at");
    if (!headers.equals(await readHeaders(main))) throw busy("a checkpoint ended");
    await between("headers looked at");
    await recheck();
    return toCaptured({ ...copied, stats: main.stats }, sides, "optimistic");
  });
}

/** DuckDB may be about to overwrite what its valid header still refers to: no state to take. */
function refuseCheckpoints(sides: readonly SideFile[]): void {
  for (const { wal } of sides) {
    if (wal === "checkpoint") throw busy("a checkpoint was running");
    if (wal === "unknown")
      throw busy("its write-ahead log is of a form that does not tell whether a checkpoint is running");
  }
}

function busy(why: string): CannotCapture {
  return new CannotCapture("busy", why);
}
