/** Puts recovery points into a store as a backup would, their bytes aside, and finds them again by listing. */
import {
  ARCHIVE_OBJECT,
  COMMIT_RECORD,
  FORMAT_VERSION,
  INDEX_OBJECT,
  isPointId,
  PIN_OBJECT,
  pointId,
  pointPrefix,
} from "../../src/domain/recovery-point.ts";
import type { CatalogPoint, CommitRecord } from "../../src/domain/recovery-point.ts";
import type { Store } from "../../src/ports/store.ts";

export async function putObject(store: Store, key: string, text = key): Promise<void> {
  await store.put(
    key,
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
}

export async function keysIn(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

export function recordOf(stack: string, job: string, start: string, needs: string[] = []): CommitRecord {
  const at = new Date(`${start.replace(" ", "T")}Z`);
  return {
    format: FORMAT_VERSION,
    id: pointId(at.getTime(), "test"),
    stack,
    job,
    sourceKind: "volume",
    kind: needs.length === 0 ? "full" : "incremental",
    startedAt: at.toISOString(),
    finishedAt: at.toISOString(),
    needs,
    objects: [],
    totals: {
      entries: 0,
      files: 0,
      directories: 0,
      symlinks: 0,
      hardlinks: 0,
      sourceBytes: 0,
      storedBytes: 0,
    },
    capture: {},
    warnings: [],
    warningCount: 0,
    tool: { name: "holdfast", version: "0.0.0" },
    encryption: null,
  };
}

/** Stores a point with an archive, an index and a proof, the commit record last. */
export async function putPoint(
  store: Store,
  record: CommitRecord,
  traits: { pinned?: boolean } = {},
): Promise<void> {
  const prefix = pointPrefix(record.stack, record.job, record.id);
  for (const name of [ARCHIVE_OBJECT, INDEX_OBJECT, "proofs/20261120T050000Z.json"]) {
    await putObject(store, prefix + name);
  }
  if (traits.pinned === true) await putObject(store, prefix + PIN_OBJECT);
  await putObject(store, prefix + COMMIT_RECORD, JSON.stringify(record));
}

/** The points of a job that have a commit record; each must be whole, or this throws. */
export async function listPoints(store: Store, stack: string, job: string): Promise<CatalogPoint[]> {
  const keys = await keysIn(store, `${stack}/${job}/`);
  const records = keys.filter((key) => key.endsWith(`/${COMMIT_RECORD}`));
  return Promise.all(records.map((key) => readPoint(store, job, key, keys)));
}

async function readPoint(store: Store, job: string, key: string, keys: string[]): Promise<CatalogPoint> {
  let text = "";
  for await (const chunk of store.get(key)) text += Buffer.from(chunk).toString();
  const record = JSON.parse(text) as CommitRecord;
  const prefix = key.slice(0, -COMMIT_RECORD.length);
  for (const name of [ARCHIVE_OBJECT, INDEX_OBJECT]) {
    if (!keys.includes(prefix + name)) throw new Error(`${prefix} is listed without its ${name}`);
  }
  const id = prefix.split("/").at(-2) ?? "";
  if (!isPointId(id)) throw new Error(`${prefix} is no point`);
  return {
    store: store.name,
    job,
    id,
    startedAt: Date.parse(record.startedAt),
    finishedAt: Date.parse(record.finishedAt),
    record,
    pinned: keys.includes(prefix + PIN_OBJECT),
    lastProof: undefined,
  };
}
