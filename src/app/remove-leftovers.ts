/** Removes what runs that were killed left in a store: objects of points that were never committed, and unfinished objects. */
import { isRefusedForGood } from "../domain/errors.ts";
import { DAY, type Instant } from "../domain/instant.ts";
import { COMMIT_RECORD, jobPrefix, stackPrefix } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { groupLocks, locksPrefix } from "./lock-object.ts";
import { listPointFolders } from "./point-folders.ts";
import type { ListScope } from "./point-folders.ts";
import { probePrefix } from "./probe-store.ts";
import { deleteIfLetGo } from "./remove-point.ts";

/** What one run removes of locks at most: the next ones go on. */
const MOST_LOCK_OBJECTS = 500;

export interface RemovedLeftovers {
  /** Uncommitted points. */
  points: { job: string; id: string }[];
  /** Objects deleted with them. */
  objects: number;
  /** Unfinished objects that the store itself had kept aside. */
  unfinished: number;
  /** Why objects are still there, where they are not to be removed by us: an identity that may only add. */
  refused?: string;
}

/**
 * Only under the stack's write lock: without it, a backup that is still writing looks the same. Touches only folders
 * that are named like a recovery point, have no commit record, and whose id is not in `keep`.
 * `now`: what doctors left who could not delete goes as well.
 */
export async function removeUncommitted(
  store: Store,
  scope: ListScope & { keep?: ReadonlySet<string>; now?: Instant },
): Promise<RemovedLeftovers> {
  const { stack, job, signal, keep } = scope;
  // Locks are no job's: the next run of any job removes those that were killed half-written.
  const prefixes = job === undefined ? [stackPrefix(stack)] : [jobPrefix(stack, job), locksPrefix(stack)];
  const removed: RemovedLeftovers = { points: [], objects: 0, unfinished: 0 };
  for (const prefix of prefixes) {
    try {
      removed.unfinished += await store.removeLeftovers(prefix, { signal });
    } catch (error) {
      noteRefusal(removed, error);
    }
  }
  await removeEndedLocks(store, scope);
  if (scope.now !== undefined) await removeOldProbes(store, scope, scope.now);
  const { folders } = await listPointFolders(store, scope);
  for (const { job: jobName, id, prefix: folder, objects } of folders) {
    if (objects.has(COMMIT_RECORD) || keep?.has(id)) continue;
    // A listing that forgot the one object that matters must not cost a recovery point.
    if ((await store.stat(folder + COMMIT_RECORD, { signal })) !== undefined) continue;
    let left = 0;
    for (const { key } of objects.values()) {
      try {
        if (!(await deleteIfLetGo(store, key, signal))) left += 1;
      } catch (error) {
        noteRefusal(removed, error);
        left += 1;
      }
    }
    if (left === 0) removed.points.push({ job: jobName, id });
    removed.objects += objects.size - left;
  }
  return removed;
}

function noteRefusal(removed: RemovedLeftovers, error: unknown): void {
  if (!isRefusedForGood(error)) throw error;
  removed.refused = error.message;
}

/** Those that the store would not let go of when they ended. What says that a lock is held no more goes last. */
async function removeEndedLocks(store: Store, { stack, signal }: ListScope): Promise<void> {
  const objects = await Array.fromAsync(store.list(locksPrefix(stack), { signal }));
  const ended = groupLocks(objects).filter(({ end }) => end !== undefined);
  const keys = ended.flatMap(({ states, end }) => [...states, ...(end === undefined ? [] : [end])]);
  await deleteUnlessRefused(store, keys.slice(0, MOST_LOCK_OBJECTS), signal);
}

async function removeOldProbes(store: Store, { stack, signal }: ListScope, now: Instant): Promise<void> {
  const probes = await Array.fromAsync(store.list(probePrefix(stack), { signal }));
  const old = probes.filter(({ modifiedAt }) => now - modifiedAt > DAY);
  await deleteUnlessRefused(store, old, signal);
}

/** In order, up to the first that is refused. */
async function deleteUnlessRefused(
  store: Store,
  objects: readonly { key: string }[],
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for (const { key } of objects) await store.delete(key, { signal, hide: true });
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
  }
}
