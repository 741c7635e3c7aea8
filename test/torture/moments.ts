/** Random moments of a run, from a seed, so that a kill that found something can be repeated. */
export type Operation = "backup" | "prune";

/** When to kill: from outside after some time, or from inside right before the n-th change of the file system. */
export type Moment = { afterMs: number } | { atChange: number };

/** Of a run that nobody kills. */
export interface MeasuredRun {
  readonly changes: number;
  readonly beginsAfterMs: number;
  readonly endsAfterMs: number;
}

/** In [0, 1); Marsaglia's xorshift32. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** By turns at a random time between the first sign of the run in a store and its end, and before a random change. */
export function momentOf(at: number, rig: MeasuredRun, random: () => number): Moment {
  const share = random();
  if (at % 2 === 1) return { atChange: 1 + Math.floor(share * rig.changes) };
  return { afterMs: rig.beginsAfterMs + share * (rig.endsAfterMs - rig.beginsAfterMs) };
}

/** Each fifth and sixth of six is a prune, so that both ways of killing come to both. */
export function operationOf(at: number): Operation {
  return at % 6 < 4 ? "backup" : "prune";
}
