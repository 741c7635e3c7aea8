/** Captures a DuckDB database whose writers are held still by the caller. */
import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { CapturedDatabase, DatabaseOrder } from "../database-capture.ts";
import { HOLDS } from "../holds.ts";
import { captureError } from "../live/cannot-capture.ts";
import { isLocal, realSystem, type CaptureSystem } from "../live/capture-system.ts";
import { isAsLong, isUntouched, sidePath, stampOf, statLive, type LiveFile } from "../live/live-file.ts";
import { withMainFile } from "../live/main-file.ts";
import { Scratch } from "../live/scratch.ts";
import { toCaptured } from "./captured-members.ts";
import { readHeaders } from "./headers.ts";
import { areTheSame, copySideFiles, isInCheckpoint } from "./side-files.ts";
import { whatFailed } from "./what-failed.ts";

/** Of the database in an order; nobody is asked to freeze anything. */
export type HeldOrder = Pick<DatabaseOrder, "path" | "scratch" | "signal">;

/**
 * Of one database, over all holds of a capture. Tells a checkpoint that runs from one whose writer died in it: that state
 * stands as it was left, every time, and it is what DuckDB itself will recover from.
 */
export class CheckpointWatch {
  #state = "";
  #times = 0;

  isAbandoned(state: string): boolean {
    this.#times = state === this.#state ? this.#times + 1 : 1;
    this.#state = state;
    return this.#times >= HOLDS;
  }
}

/**
 * `checkpointing`: the writers were caught in a checkpoint, whose state must not be taken. Let them go on at once, wait for
 * `breakBetweenHolds`, and hold them again, up to `HOLDS` times, with the same watch. The scratch directory is empty then, as
 * after any error.
 *
 * Errors: `not-found` it is gone; `no-space` of the scratch directory; `source` it is no database, was written to although its
 * writers were held, or cannot be read; the signal's reason.
 */
export async function captureHeld(
  order: HeldOrder,
  watch: CheckpointWatch,
  system: CaptureSystem = realSystem,
): Promise<CapturedDatabase | "checkpointing"> {
  const scratch = new Scratch({ ...order, what: whatFailed(order.path) }, system);
  try {
    const captured = await withMainFile(order.path, (main) =>
      capture(main, order, { scratch, watch, system }),
    );
    if (captured === "checkpointing") await scratch.clear();
    return captured;
  } catch (error) {
    await scratch.clear();
    throw captureError(error, whatFailed(order.path), order.signal);
  }
}

async function capture(
  main: LiveFile,
  { path, signal }: HeldOrder,
  { scratch, watch, system }: { scratch: Scratch; watch: CheckpointWatch; system: CaptureSystem },
): Promise<CapturedDatabase | "checkpointing"> {
  await readHeaders(main);
  const isSame = isLocal(await system.fileSystemOf(path)) ? isUntouched : isAsLong;
  const isAbandoned = watch.isAbandoned(await stateOf(path, main));
  if (!isAbandoned && (await isInCheckpoint(path))) return "checkpointing";
  const sides = await copySideFiles(path, scratch, signal);
  if (!isAbandoned && sides.some(({ wal }) => wal === "checkpoint")) return "checkpointing";
  await system.between("side files copied");
  const copied = await scratch.copy(main, "", { signal });
  await system.between("main copied");
  const isHeld = isSame(main.stats, await statLive(path)) && (await areTheSame(path, sides, isSame));
  if (!isHeld) throw notHeld(path);
  return toCaptured({ ...copied, stats: main.stats }, sides, "frozen");
}

/** Of all files of the database. */
async function stateOf(path: Buffer, main: LiveFile): Promise<string> {
  const sides = await Promise.all(SIDE_FILES.duckdb.map((suffix) => statLive(sidePath(path, suffix))));
  return [main.stats, ...sides].map((stats) => (stats === undefined ? "none" : stampOf(stats))).join(", ");
}

function notHeld(path: Buffer): HoldfastError {
  return new HoldfastError("source", {
    what: whatFailed(path),
    why: "it was written to while its writers were held, so that something else writes to it, too",
    next: "name every service that opens it under quiesce, and let no program outside of the stack write to it",
    transient: true,
  });
}
