/** How much room a store has left, and how much it should have. */
import type { JobStoreStatus } from "./job-in-store.ts";

export interface Room {
  free: number;
  total: number;
  /** Less than this is a problem. */
  low: number;
  /** What one more point of every job would take, by the size of the newest ones. */
  nextRound: number;
}

interface Space {
  freeBytes: number | undefined;
  totalBytes: number | undefined;
  /** As configured. */
  lowBytes: number | undefined;
}

/** Unless configured otherwise: below this share of the disk somebody should know, but no more than `LOW_AT_MOST` bytes of a large one need be free. */
const LOW_SHARE = 0.1;
const LOW_AT_MOST = 20e9;
/** What was low is so until there is this many times the limit, so that the alert does not come and go. */
const RELEASE = 1.1;

/** Undefined where the store does not know its space, and where nobody wants to be told. */
export function roomIn(
  { jobs }: { jobs: readonly { stores: readonly Pick<JobStoreStatus, "store" | "newest">[] }[] },
  { name, ...space }: Space & { name: string },
): Room | undefined {
  const inStore = jobs.flatMap((job) => job.stores.filter(({ store }) => store === name));
  return roomFor(
    space,
    inStore.map(({ newest }) => newest?.storedBytes ?? 0),
  );
}

/** `newest` are the stored sizes of the newest point of each job that goes to the store. */
export function roomFor(
  { freeBytes, totalBytes, lowBytes }: Space,
  newest: readonly number[],
): Room | undefined {
  if (freeBytes === undefined || totalBytes === undefined || lowBytes === 0) return undefined;
  const nextRound = newest.reduce((sum, size) => sum + size, 0);
  const limit = lowBytes ?? Math.min(totalBytes * LOW_SHARE, LOW_AT_MOST);
  return { free: freeBytes, total: totalBytes, low: Math.max(limit, nextRound), nextRound };
}

export function isLow({ free, low }: Room, wasLow: boolean): boolean {
  return free < (wasLow ? low * RELEASE : low);
}
