/** The moves of a restore in place, and their undoing, which works from whatever was made of them. */
import { mkdir } from "node:fs/promises";

import { fromText, parentOf } from "../byte-path.ts";
import { unlessMissing, type Moves } from "../restore/moves.ts";
import { place, within } from "../restore/place.ts";
import { beneath, kindBeneath } from "./beneath.ts";
import { inArea, type SwapArea } from "./swap-area.ts";
import type { SwapJournal } from "./swap-journal.ts";

export interface PartSwap {
  target: string;
  area: SwapArea;
  moves: Moves;
}

type Parts = Pick<SwapJournal, "aside" | "fresh">;

/** Everything old aside first: so what has a fresh one's name and is not in the fresh tree any more is that one. */
export async function moveParts(swap: PartSwap, { aside, fresh }: Parts): Promise<void> {
  const { area } = swap;
  await mkdir(area.old, { recursive: true, mode: 0o700 });
  for (const path of aside.map(fromText)) {
    await makeParents(area.old, path);
    // Whoever uses the target may remove something of it until the last moment.
    await move(swap, path, inArea(area, "old", path)).catch(unlessMissing);
  }
  for (const path of fresh.map(fromText)) await putInPlace(swap, inArea(area, "new", path), path);
}

/**
 * Takes the fresh parts out again and puts the old ones back. Tries every one, whatever became of the others, and gives
 * the errors; after those it can be called again.
 */
export async function undoParts(swap: PartSwap, { aside, fresh }: Parts): Promise<unknown[]> {
  const { area } = swap;
  const failures = new Map<string, unknown>();
  const attempt = (path: string, undo: () => Promise<void>): Promise<unknown> =>
    undo()
      .catch(unlessMissing)
      .catch((error: unknown) => failures.set(path, error));
  for (const path of fresh.map(fromText).toReversed()) {
    const staged = inArea(area, "new", path);
    await attempt(path, async () => {
      if (!(await isThere(swap, staged))) await move(swap, path, staged);
    });
  }
  for (const path of aside.map(fromText).toReversed()) {
    const kept = inArea(area, "old", path);
    // What is in its place now is ours as long as that could not be taken out.
    if (failures.has(path)) continue;
    await attempt(path, async () => {
      if (await isThere(swap, kept)) await putInPlace(swap, kept, path);
    });
  }
  return [...failures.values()];
}

/** All paths are of the target, in which the area is. */
function move({ target, moves }: PartSwap, from: string, to: string): Promise<void> {
  return beneath(target, from, (at) => beneath(target, to, (there) => moves.move(at, there)));
}

function putInPlace({ target, area, moves }: PartSwap, from: string, to: string): Promise<void> {
  return beneath(target, from, (at) =>
    beneath(target, to, (there) => place(moves, at, there, area.meanwhile)),
  );
}

async function isThere({ target }: PartSwap, path: string): Promise<boolean> {
  return (await kindBeneath(target, path)) !== "missing";
}

export async function makeParents(old: string, path: string): Promise<void> {
  if (!path.includes("/")) return;
  const parent = Buffer.from(parentOf(path), "latin1");
  await mkdir(within(old, parent), { recursive: true, mode: 0o700 });
}
