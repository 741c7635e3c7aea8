/** What was last seen of a store: its points, whether it answers, how full it is. */
import { messageOf } from "../domain/errors.ts";
import { MINUTE, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { Catalog, CatalogProblem } from "./catalog.ts";
import { within } from "./within.ts";

export interface StoreSnapshot {
  name: string;
  kind: string;
  /** All points of the stack, newest first. */
  points: CatalogPoint[];
  /** Points that stand in the store but cannot be used, and why. */
  problems: CatalogProblem[];
  up: boolean;
  error: string | undefined;
  checkedAt: Instant;
  /** It answered at least once since this process began: what is said of its points was seen. */
  seen: boolean;
  freeBytes: number | undefined;
  totalBytes: number | undefined;
}

/** A store that takes longer to be listed is as good as gone. */
const LOOK_LIMIT: Milliseconds = 5 * MINUTE;

/** Never rejects for trouble of the store: that is a snapshot with `up: false` that keeps the points last seen. */
export async function takeSnapshot(
  {
    store,
    stack,
    catalog,
    clock,
    hideSecrets,
    signal,
  }: {
    store: Store;
    stack: string;
    catalog: Catalog;
    clock: Clock;
    hideSecrets: (text: string) => string;
    signal: AbortSignal;
  },
  last: StoreSnapshot | undefined,
): Promise<StoreSnapshot> {
  const known = { name: store.name, kind: store.kind, checkedAt: clock.now() };
  try {
    const { listing, space } = await within(
      { clock, signal, limit: LOOK_LIMIT, what: `Looking at store ${store.name}` },
      async (both) => ({
        listing: await catalog.listPoints(store, { stack, signal: both }),
        space: await store.space(),
      }),
    );
    return {
      ...known,
      ...listing,
      up: true,
      seen: true,
      error: undefined,
      freeBytes: space?.freeBytes,
      totalBytes: space?.totalBytes,
    };
  } catch (error) {
    signal.throwIfAborted();
    return {
      freeBytes: undefined,
      totalBytes: undefined,
      points: [],
      problems: [],
      seen: false,
      ...last,
      ...known,
      up: false,
      error: hideSecrets(messageOf(error)),
    };
  }
}
