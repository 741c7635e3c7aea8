/**
 * The catalog: the recovery points found by listing a store. The store is the only truth; what this remembers between
 * listings is only what immutable objects say. What cannot be used is named as a problem, never silently left out.
 */
import { hasCode, HoldfastError, messageOf } from "../domain/errors.ts";
import { byNewest, COMMIT_RECORD, jobPrefix, PIN_OBJECT, stackPrefix } from "../domain/recovery-point.ts";
import type { CatalogPoint, CommitRecord, Proof } from "../domain/recovery-point.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import type { TextCache } from "../ports/text-cache.ts";
import { parseCommitRecord, parseProof } from "./commit-record.ts";
import { inParallel } from "./in-parallel.ts";
import { listPointFolders, newestProof } from "./point-folders.ts";
import type { ListScope, PointFolder } from "./point-folders.ts";
import { NO_CACHE, Recall } from "./recall.ts";
import { RememberedObjects } from "./remembered-objects.ts";
import { readText } from "./small-object.ts";

/** How many commit records are read at once. */
const CONCURRENT_READS = 8;
/** From an object store, which tells versions: it is far away, and answers as soon however many ask. An SFTP server turns away who comes with many at once. */
const CONCURRENT_OBJECT_READS = 32;
/** Stored bytes of the records and proofs that are remembered. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;

export interface CatalogProblem {
  store: string;
  job: string;
  /** Name of the point's folder. */
  id: string;
  kind:
    /** The store has the commit record but does not give it out. */
    | "unreadable"
    /** The commit record is no commit record. */
    | "damaged"
    /** The commit record is that of another stack, job or point. */
    | "foreign"
    /** Written by a newer version. */
    | "unsupported"
    /** An object, or a point that it needs, is missing or of another size. */
    | "incomplete"
    /** The newest proof cannot be read; the point itself is listed, as one that failed its proof. */
    | "proof-unreadable";
  /** One sentence. */
  message: string;
}

export interface CatalogListing {
  /** Restorable points, newest first. */
  points: CatalogPoint[];
  problems: CatalogProblem[];
}

export class Catalog {
  readonly #remembered = new RememberedObjects(REMEMBERED_BYTES);
  readonly #cache: TextCache;

  constructor(cache: TextCache = NO_CACHE) {
    this.#cache = cache;
  }

  /** Throws when the store cannot be listed, or fails in passing while a record is read: half a catalog is none. */
  async listPoints(store: Store, scope: ListScope): Promise<CatalogListing> {
    const { folders, misplaced } = await listPointFolders(store, scope);
    const committed = folders.filter(({ objects }) => objects.has(COMMIT_RECORD));
    const keys = new Set(committed.flatMap(({ objects }) => [...objects.values()].map(({ key }) => key)));
    this.#forgetGone(store, scope, keys);
    const recall = new Recall(store.name, this.#remembered, this.#cache);
    const atOnce = committed.some(isVersioned) ? CONCURRENT_OBJECT_READS : CONCURRENT_READS;
    const readings = await inParallel(committed, atOnce, (folder) =>
      readFolder({ store, scope, recall }, folder),
    );
    await recall.end(scope.job === undefined ? keys : undefined);
    const listing: CatalogListing = {
      points: readings.flatMap(({ point }) => point ?? []),
      problems: readings.flatMap(({ problems }) => problems),
    };
    for (const { job, folder, key } of misplaced) {
      const message = `${store.name}:${key} is in a folder that is not named like a recovery point.`;
      listing.problems.push({ store: store.name, job, id: folder, kind: "foreign", message });
    }
    const { points, problems } = withoutHalfChains(listing, store.name);
    return { points: points.sort(byNewest), problems };
  }

  #forgetGone(store: Store, { stack, job }: ListScope, keys: ReadonlySet<string>): void {
    const prefix = job === undefined ? stackPrefix(stack) : jobPrefix(stack, job);
    this.#remembered.reconcile(store.name, prefix, (key) => keys.has(key));
  }
}

function isVersioned({ objects }: PointFolder): boolean {
  return objects.get(COMMIT_RECORD)?.version !== undefined;
}

/** One listing. */
interface Look {
  store: Store;
  scope: ListScope;
  recall: Recall;
}

async function readFolder(look: Look, folder: PointFolder): Promise<Reading> {
  const { store, scope } = look;
  const { job, id } = folder;
  try {
    const record = await readRecord(look, folder);
    assertBelongs(record, { stack: scope.stack, folder, store: store.name });
    await assertComplete(store, record, folder, scope.signal);
    const { lastProof, problems } = await readNewestProof(look, folder);
    const [startedAt, finishedAt] = [Date.parse(record.startedAt), Date.parse(record.finishedAt)];
    const pinned = folder.objects.has(PIN_OBJECT);
    return {
      point: { store: store.name, job, id, startedAt, finishedAt, record, pinned, lastProof },
      problems,
    };
  } catch (error) {
    if (isPassing(error)) throw error;
    // Deleted since it was listed: then there is no such point, which is no problem.
    if ((await store.stat(folder.prefix + COMMIT_RECORD, { signal: scope.signal })) === undefined) {
      return { point: undefined, problems: [] };
    }
    return { point: undefined, problems: [problemOf(error, store.name, folder)] };
  }
}

async function readRecord(
  { store, scope: { signal }, recall }: Look,
  { prefix, objects }: PointFolder,
): Promise<CommitRecord> {
  const object = objects.get(COMMIT_RECORD) as StoredObject;
  return recall.get(object, {
    read: () => readText(store, object.key, { signal }),
    parse: (text) => parseCommitRecord(text, reading(store.name, prefix)),
  });
}

async function readNewestProof(look: Look, folder: PointFolder): Promise<ProofReading> {
  const object = newestProof(folder);
  if (object === undefined) return { lastProof: undefined, problems: [] };
  const { store, scope, recall } = look;
  try {
    const lastProof = await recall.get(object, {
      read: () => readText(store, object.key, { signal: scope.signal }),
      parse: (text) => parseProof(text, `Reading the newest proof of ${store.name}:${folder.prefix}`),
    });
    return { lastProof, problems: [] };
  } catch (error) {
    if (isPassing(error)) throw error;
    const problem = { ...problemOf(error, store.name, folder), kind: "proof-unreadable" as const };
    return { lastProof: failedProof(folder.id, object, problem.message), problems: [problem] };
  }
}

interface Reading {
  point: CatalogPoint | undefined;
  problems: CatalogProblem[];
}

interface ProofReading {
  lastProof: Proof | undefined;
  problems: CatalogProblem[];
}

function reading(store: string, prefix: string): string {
  return `Reading recovery point ${store}:${prefix}`;
}

/** The store may answer a little later, or nobody wants to know any more: no verdict on the point. */
function isPassing(error: unknown): boolean {
  return !(error instanceof HoldfastError) || error.transient || error.code === "cancelled";
}

function problemOf(error: unknown, store: string, { job, id }: PointFolder): CatalogProblem {
  return { store, job, id, kind: kindOf(error), message: messageOf(error) };
}

function kindOf(error: unknown): CatalogProblem["kind"] {
  if (error instanceof UnusablePoint) return error.kind;
  if (hasCode(error, "unsupported")) return "unsupported";
  return hasCode(error, "damaged") ? "damaged" : "unreadable";
}

class UnusablePoint extends HoldfastError {
  readonly kind: CatalogProblem["kind"];

  constructor(kind: CatalogProblem["kind"], what: string, why: string) {
    super("damaged", { what, why });
    this.kind = kind;
  }
}

function assertBelongs(
  record: CommitRecord,
  { stack, folder, store }: { stack: string; folder: PointFolder; store: string },
): void {
  const { job, id, prefix } = folder;
  if (record.stack === stack && record.job === job && record.id === id) return;
  const why = `its commit record is that of ${record.stack}/${record.job}/${record.id}`;
  throw new UnusablePoint("foreign", reading(store, prefix), why);
}

/** A listing is no snapshot: what it did not show is asked for once more before the point is called incomplete. */
async function assertComplete(
  store: Store,
  record: CommitRecord,
  { objects, prefix }: PointFolder,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { name, size } of record.objects) {
    if (objects.get(name)?.size === size) continue;
    const found = await store.stat(prefix + name, { signal });
    if (found?.size === size) continue;
    const why = `${name} ${sizeProblem(found?.size, size)}`;
    throw new UnusablePoint("incomplete", reading(store.name, prefix), why);
  }
}

/** What the size alone tells; a verify reads it and tells more. */
function sizeProblem(found: number | undefined, size: number): string {
  if (found === undefined) return "is missing";
  const happened =
    found < size ? "it was cut, or is another object" : "it was written to again, or is another object";
  return `has ${found} bytes instead of ${size}: ${happened}`;
}

/** A proof that cannot be read is no reason to trust the point. */
function failedProof(point: string, object: StoredObject, problem: string): Proof {
  const at = new Date(object.modifiedAt).toISOString();
  return { format: 1, operation: "verify", point, at, outcome: "failed", problems: [problem] };
}

/** Takes out, again and again, the points that need one which is not there. */
function withoutHalfChains({ points, problems }: CatalogListing, store: string): CatalogListing {
  const present = new Set(points.map(({ job, id }) => `${job}/${id}`));
  const missing = ({ job, record }: CatalogPoint) => record.needs.find((id) => !present.has(`${job}/${id}`));
  const torn = points.filter((point) => missing(point) !== undefined);
  if (torn.length === 0) return { points, problems };
  const found = torn.map((point): CatalogProblem => {
    const { job, id } = point;
    const needed = missing(point);
    const isThere = problems.some((problem) => problem.job === job && problem.id === needed);
    const why = `it needs recovery point ${needed}, which ${isThere ? "cannot be used" : "is not in the store"}`;
    const message = new HoldfastError("damaged", {
      what: `Reading recovery point ${store}:${job}/${id}`,
      why,
    }).message;
    return { store, job, id, kind: "incomplete", message };
  });
  const whole = points.filter((point) => !torn.includes(point));
  return withoutHalfChains({ points: whole, problems: [...problems, ...found] }, store);
}
