/** Pseudo-random numbers from a seed, so that the same seed makes the same data everywhere. */

/** From 0 to below 1. Mulberry32: small and fast. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Below `limit`, each as likely as another. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** Below `limit`, the low ones far more often, as words in a text are. */
export function skewedBelow(random: Random, limit: number): number {
  const draw = random();
  return Math.floor(draw * draw * draw * limit);
}

/** Sizes as in real trees: half of them below the median, and a long tail above. */
export function longTailed(random: Random, { median, most }: { median: number; most: number }): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(most, Math.floor(median * Math.exp(1.5 * normal)));
}
