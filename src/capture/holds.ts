/** How often, and with what breaks, the writers of a database are held that is caught in a checkpoint. */
/** How often writers are held until one of the times none of them is in a checkpoint. */
export const HOLDS = 8;
const LEAST_BREAK_MS = 50;
const MOST_BREAK_MS = 350;

/** How long writers go on between two holds. */
export function breakBetweenHolds(random: () => number): number {
  return LEAST_BREAK_MS + random() * (MOST_BREAK_MS - LEAST_BREAK_MS);
}
