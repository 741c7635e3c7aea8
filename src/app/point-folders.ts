/** The folders of recovery points in a store, as one listing shows them: nothing is read yet. */
import {
  COMMIT_RECORD,
  isPointId,
  jobPrefix,
  pointPrefix,
  PROOFS_FOLDER,
  stackPrefix,
} from "../domain/recovery-point.ts";
import type { Store, StoredObject } from "../ports/store.ts";

/** What belongs to a job has its name as a folder, that of the config too; `.locks/` and other dotted folders do not. */
const JOB_NAME = /^[a-z0-9_][a-z0-9_.-]*$/;

export interface PointFolder {
  job: string;
  id: string;
  /** `<stack>/<job>/<id>/` */
  prefix: string;
  /** By name within the folder, in ascending order. */
  objects: Map<string, StoredObject>;
}

export interface PointFolders {
  folders: PointFolder[];
  /** Commit records in folders that are not named like a recovery point, by key. */
  misplaced: { job: string; folder: string; key: string }[];
}

export interface ListScope {
  stack: string;
  job?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** All of them in ascending order, with and without a commit record. Lists the keys once. */
export async function listPointFolders(
  store: Store,
  { stack, job, signal }: ListScope,
): Promise<PointFolders> {
  const found: PointFolders = { folders: [], misplaced: [] };
  const byPrefix = new Map<string, PointFolder>();
  const prefix = job === undefined ? stackPrefix(stack) : jobPrefix(stack, job);
  for await (const object of store.list(prefix, { signal })) {
    const [jobName = "", id = "", ...rest] = object.key.slice(stackPrefix(stack).length).split("/");
    if (!JOB_NAME.test(jobName) || rest.length === 0) continue;
    const name = rest.join("/");
    if (isPointId(id)) folderOf(found, byPrefix, { stack, job: jobName, id }).objects.set(name, object);
    else if (name === COMMIT_RECORD) found.misplaced.push({ job: jobName, folder: id, key: object.key });
  }
  return found;
}

function folderOf(
  found: PointFolders,
  byPrefix: Map<string, PointFolder>,
  { stack, job, id }: { stack: string; job: string; id: string },
): PointFolder {
  const prefix = pointPrefix(stack, job, id);
  const known = byPrefix.get(prefix);
  if (known !== undefined) return known;
  const folder: PointFolder = { job, id, prefix, objects: new Map() };
  byPrefix.set(prefix, folder);
  found.folders.push(folder);
  return folder;
}

/** Proofs are named by their time, so the last in order is the newest. */
export function newestProof({ objects }: PointFolder): StoredObject | undefined {
  const isProof = (name: string) => name.startsWith(PROOFS_FOLDER) && name.endsWith(".json");
  return [...objects].findLast(([name]) => isProof(name))?.[1];
}
