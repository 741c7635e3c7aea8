/**
 * Captures a live DuckDB database: without holding anybody as long as that can work, and else with its writers held for as
 * long as the copying takes.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { CapturedDatabase, DatabaseOrder } from "../database-capture.ts";
import type { Hold } from "../../ports/source.ts";
import { breakBetweenHolds, HOLDS } from "../holds.ts";
import { CannotCapture, captureError } from "../live/cannot-capture.ts";
import { isLocal, realSystem, type CaptureSystem } from "../live/capture-system.ts";
import { withMainFile } from "../live/main-file.ts";
import { Scratch } from "../live/scratch.ts";
import { captureHeld, CheckpointWatch } from "./capture-held.ts";
import { captureUnheld } from "./capture-unheld.ts";
import { whatFailed } from "./what-failed.ts";

const TRIES = 5;
const MOST_WAIT_MS = 200;

/**
 * The members are the state of the database at one moment, and hold every commit that was acknowledged before the call.
 * Whether that state is sound, no capture can tell. After an error the scratch directory is as empty as it was.
 *
 * Errors: `not-found` it is gone; `no-space` of the scratch directory; `unsupported` it can only be captured held, and nobody
 * can be; `source` it did not hold still, is no database, or cannot be read; the signal's reason; those of the freeze.
 */
export async function captureDuckdb(
  order: DatabaseOrder,
  system: CaptureSystem = realSystem,
): Promise<CapturedDatabase> {
  try {
    const freeze = await neededFreeze(order, system);
    if (freeze !== undefined) return await captureFrozen(order, freeze, { triesBefore: 0, system });
    const captured = await tryUnheld(order, system);
    if (!(captured instanceof CannotCapture)) return captured;
    if (order.freeze === undefined) throw neverStill(order, captured.message);
    return await captureFrozen(order, order.freeze, { triesBefore: TRIES, system });
  } catch (error) {
    throw captureError(error, whatFailed(order.path), order.signal);
  }
}

/** Undefined where trying without is allowed, and can be trusted. */
async function neededFreeze(order: DatabaseOrder, system: CaptureSystem): Promise<Hold | undefined> {
  const isAsked = order.rule === "freeze";
  if (!isAsked) {
    const fileSystem = await withMainFile(order.path, () => system.fileSystemOf(order.path));
    if (isLocal(fileSystem)) return undefined;
  }
  if (order.freeze !== undefined) return order.freeze;
  const reason = isAsked
    ? "it is only to be captured with its writers held"
    : "it is not on a local file system, so that only with its writers held a copy can be trusted";
  throw new HoldfastError("unsupported", {
    what: whatFailed(order.path),
    why: `${reason}, and ${whyNobodyIsHeld(order)}`,
    next: isAsked ? `${HOW_TO_HOLD}, or allow capture: optimistic` : HOW_TO_HOLD,
  });
}

/** Gives why the last try came to nothing. */
async function tryUnheld(
  order: DatabaseOrder,
  system: CaptureSystem,
): Promise<CapturedDatabase | CannotCapture> {
  const scratch = new Scratch({ ...order, what: whatFailed(order.path) }, system);
  let last = new CannotCapture("busy", "it was not tried");
  for (let tries = 1; tries <= TRIES; tries++) {
    if (tries > 1) await order.clock.sleep(order.random() * MOST_WAIT_MS, { signal: order.signal });
    try {
      const { members, facts } = await captureUnheld(order, scratch, system);
      return { members, facts: { ...facts, tries } };
    } catch (error) {
      await scratch.clear();
      if (!(error instanceof CannotCapture)) throw error;
      last = error;
    }
  }
  if (last.obstacle !== "busy") throw last;
  return last;
}

async function captureFrozen(
  order: DatabaseOrder,
  freeze: Hold,
  { triesBefore, system }: { triesBefore: number; system: CaptureSystem },
): Promise<CapturedDatabase> {
  // Nobody is held for a copy that finds no room.
  await withMainFile(order.path, (main) =>
    new Scratch({ ...order, what: whatFailed(order.path) }, system).checkCopyFits(main),
  );
  const watch = new CheckpointWatch();
  for (let hold = 1, heldMs = 0; hold <= HOLDS; hold++) {
    if (hold > 1) await order.clock.sleep(breakBetweenHolds(order.random), { signal: order.signal });
    const held = await freeze((signal) =>
      captureHeld({ ...order, signal: AbortSignal.any([order.signal, signal]) }, watch, system),
    );
    heldMs += held.heldMs;
    if (held.value === "checkpointing") continue;
    const { members, facts } = held.value;
    return { members, facts: { ...facts, tries: triesBefore + hold, heldMs } };
  }
  throw new HoldfastError("source", {
    what: whatFailed(order.path),
    why: `each of the ${HOLDS} times that its writers were held, they were in a checkpoint`,
    next: "back up when it is written to less, or let its program make fewer checkpoints (checkpoint_threshold)",
    transient: true,
  });
}

function neverStill(order: DatabaseOrder, lastWhy: string): HoldfastError {
  return new HoldfastError("source", {
    what: whatFailed(order.path),
    why: `it was never still for long enough in ${TRIES} tries (at last: ${lastWhy}), and ${whyNobodyIsHeld(order)}`,
    next: `${HOW_TO_HOLD}, or run CHECKPOINT in its program by a hook just before the backup`,
    transient: true,
  });
}

const HOW_TO_HOLD =
  "give Holdfast the container engine's socket, so that it can pause the services that use the database, or name them under quiesce";

function whyNobodyIsHeld({ cannotFreezeBecause }: DatabaseOrder): string {
  return `its writers cannot be held${cannotFreezeBecause === undefined ? "" : `, because ${cannotFreezeBecause}`}`;
}
