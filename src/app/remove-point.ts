/** Removes one recovery point from a store. */
import { hasCode, HoldfastError } from "../domain/errors.ts";
import { COMMIT_RECORD, PIN_OBJECT, pointPrefix } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";

export interface PointToRemove {
  store: Store;
  stack: string;
  job: string;
  id: string;
  signal: AbortSignal;
  /** Called as soon as the point does not exist any more, although objects of it may still be there. */
  onGone?: () => void;
}

/**
 * The commit record goes first: from then on there is no such point, and what is left of it is leftovers of an
 * uncommitted one. Without a commit record nothing is touched. Throws `refused` when it has been pinned meanwhile,
 * and `retained`, with the point as it was, when the store does not let go of it.
 */
export async function removePoint({ store, stack, job, id, signal, onGone }: PointToRemove): Promise<void> {
  const prefix = pointPrefix(stack, job, id);
  const keys = new Set<string>();
  for await (const { key } of store.list(prefix, { signal })) keys.add(key);
  if (keys.has(prefix + PIN_OBJECT)) throw pinnedMeanwhile(store, prefix);
  if (!keys.delete(prefix + COMMIT_RECORD)) return;
  await store.delete(prefix + COMMIT_RECORD, { signal });
  onGone?.();
  for (const key of keys) await deleteIfLetGo(store, key, signal);
}

/** An object of no point that the store keeps by its own rules is left to them; the next run tries again. */
export async function deleteIfLetGo(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await store.delete(key, { signal });
    return true;
  } catch (error) {
    if (hasCode(error, "retained")) return false;
    throw error;
  }
}

function pinnedMeanwhile(store: Store, prefix: string): HoldfastError {
  return new HoldfastError("refused", {
    what: `Removing ${store.name}:${prefix}`,
    why: "it was pinned after the plan was made",
    next: "plan again",
  });
}
