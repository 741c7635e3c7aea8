/** Removes what runs that were killed left in a store: objects of points that were never committed, and unfinished objects. */
import { hasCode } from "../domain/errors.ts";
import { COMMIT_RECORD, jobPrefix, stackPrefix } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { locksPrefix } from "./lock-object.ts";
import { listPointFolders } from "./point-folders.ts";
import type { ListScope } from "./point-folders.ts";
import { deleteIfLetGo } from "./remove-point.ts";

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
 */
export async function removeUncommitted(
  store: Store,
  scope: ListScope & { keep?: ReadonlySet<string> },
): Promise<RemovedLeftovers> {
  const { stack, job, signal, keep } = scope;
  // Locks are no job's: the next run of any job removes those that were killed half-written.
  const prefixes = job === undefined ? [stackPrefix(stack)] : [jobPrefix(stack, job), locksPrefix(stack)];
  let unfinished = 0;
  for (const prefix of prefixes) unfinished += await store.removeLeftovers(prefix, { signal });
  const removed: RemovedLeftovers = { points: [], objects: 0, unfinished };
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
        if (!hasCode(error, "store") || error.transient) throw error;
        left += 1;
        removed.refused = error.message;
      }
    }
    if (left === 0) removed.points.push({ job: jobName, id });
    removed.objects += objects.size - left;
  }
  return removed;
}
