/** An entry of a restore's plan: as the index has it, and whether its content is at hand already. */
import type { IndexEntry } from "../index-entry.ts";

/** A whole file of this content, taken over from what the target holds into the staging's pool. */
export interface TakenFile {
  /** In the pool. */
  name: string;
  /** It is the target's own file under a second name, with the entry's metadata: nothing of it may be changed. */
  isLink: boolean;
}

export type PlannedEntry = IndexEntry & { taken?: TakenFile };
