/** Puts a fresh tree in the place of a directory that can be renamed. */
import { place } from "./place.ts";
import type { Moves } from "./moves.ts";

export interface Swap {
  /** Holds the new content. */
  fresh: string;
  target: string;
  /** Where the old content goes; not there yet. */
  old: string;
  /** Where what others make in the way goes; made when it is needed. */
  meanwhile: string;
  moves: Moves;
}

/** To a name that is free. Rejects with EEXIST when it is not any more. */
export async function takePlace({ fresh, target, moves }: Swap): Promise<void> {
  await moves.move(Buffer.from(fresh), Buffer.from(target));
}

/**
 * In one step where the system can, so that a kill never leaves the target missing. On an error the target holds what
 * it held, or that is in `old`.
 */
export async function swapDirectory(swap: Swap): Promise<void> {
  const [fresh, target, old] = [Buffer.from(swap.fresh), Buffer.from(swap.target), Buffer.from(swap.old)];
  const { moves } = swap;
  // From the exchange on this name holds the old content: whoever finds it after a kill must not take it for ours.
  await moves.move(fresh, old);
  let exchanged = false;
  try {
    exchanged = await moves.exchange(old, target);
  } finally {
    if (!exchanged) await moves.move(old, fresh);
  }
  if (!exchanged) await swapInTwoSteps(swap);
}

async function swapInTwoSteps({ fresh, target, old, meanwhile, moves }: Swap): Promise<void> {
  await moves.move(Buffer.from(target), Buffer.from(old));
  try {
    await place(moves, Buffer.from(fresh), Buffer.from(target), meanwhile);
  } catch (error) {
    try {
      await place(moves, Buffer.from(old), Buffer.from(target), meanwhile);
    } catch (second) {
      throw new AggregateError([error, second], messageOfBoth(error, second), { cause: second });
    }
    throw error;
  }
}

function messageOfBoth(first: unknown, second: unknown): string {
  return `${String(first)}; putting it back: ${String(second)}`;
}
