/** Opens all that a restore of a point reads, before anything is written: a link that is missing or damaged is named first. */
import { selectEntries } from "../archive/find-entries.ts";
import { FramedObject } from "../archive/framed-object.ts";
import { hasContent } from "../archive/index-entry.ts";
import type { ArchiveOf } from "../archive/restore/plan.ts";
import { withSideFiles, type CompleteSelection } from "../archive/restore/side-files.ts";
import { hasCode, HoldfastError } from "../domain/errors.ts";
import {
  ARCHIVE_OBJECT,
  COMMIT_RECORD,
  INDEX_OBJECT,
  objectOf,
  pointPrefix,
  storedName,
  type CommitRecord,
} from "../domain/recovery-point.ts";
import type { Keyring } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import type { Store } from "../ports/store.ts";
import { inParallel } from "./in-parallel.ts";
import { openObject, readHolder } from "./point-objects.ts";

export interface ChainRequest {
  store: Store;
  /** Of the point that is restored. */
  record: CommitRecord;
  /** Records of the job's other points in that store. */
  siblings: readonly CommitRecord[];
  /** Files or subtrees; undefined: all of it. Only the points that hold their bytes are opened. */
  paths?: readonly string[] | undefined;
  /** For what is encrypted. */
  keys: Keyring;
  signal: AbortSignal;
}

/** As `restoreTree` takes them. */
export interface OpenedChain {
  index: ObjectReader;
  archive: ArchiveOf;
  selection: CompleteSelection;
}

/** Archives that are opened at once. */
const CONCURRENT_OPENINGS = 8;
/** Points that are looked at for one that can be restored instead. */
const MAX_CANDIDATES = 50;

/**
 * Each object that the restore will read is there, is of the size that its commit record says, and ends in the seek table that it
 * was written with. Throws `damaged` otherwise, naming the point that is to blame and one that can be restored instead.
 */
export async function openChain(request: ChainRequest): Promise<OpenedChain> {
  try {
    return await openLinks(request);
  } catch (error) {
    if (!(error instanceof BrokenLink)) throw error;
    throw new HoldfastError("damaged", { ...error.facts, next: await nextStep(request), cause: error.cause });
  }
}

class BrokenLink extends HoldfastError {}

async function openLinks(request: ChainRequest): Promise<OpenedChain> {
  const { record } = request;
  const index = await openLink(request, record.id, INDEX_OBJECT);
  const selection = await withSideFiles(index, request.paths, request);
  const { paths } = selection;
  const holders =
    paths === undefined ? [record.id, ...record.needs] : await holdersOf({ ...request, paths }, index);
  const opened = await inParallel(holders, CONCURRENT_OPENINGS, async (id) => ({
    id,
    reader: await openLink(request, id, ARCHIVE_OBJECT),
  }));
  const archives = new Map(opened.map(({ id, reader }) => [id, reader]));
  return {
    index,
    selection,
    archive: (id = record.id) => archives.get(id) ?? openLink(request, id, ARCHIVE_OBJECT),
  };
}

/** Ids of the points that hold the bytes of the selected files. */
async function holdersOf({ record, paths, signal }: ChainRequest, index: ObjectReader): Promise<string[]> {
  const holders = new Set<string>();
  for await (const entry of selectEntries(index, paths, { signal })) {
    if (hasContent(entry) && entry.size > 0) holders.add(entry.data.point ?? record.id);
    if (holders.size > record.needs.length) break;
  }
  return [...holders];
}

async function openLink(request: ChainRequest, id: string, name: string): Promise<ObjectReader> {
  const { store, record, siblings, keys, signal } = request;
  try {
    const held = id === record.id ? record : await readHolder(store, record, id, { signal });
    const reader = openObject(store, held, name, { keys, siblings: [record, ...siblings] });
    await assertSize(store, held, name, signal);
    await FramedObject.open(reader, signal);
    return reader;
  } catch (error) {
    if (!["damaged", "not-found", "unsupported"].some((code) => hasCode(error, code as "damaged")))
      throw error;
    throw brokenLink(request, id, name, error as HoldfastError);
  }
}

async function assertSize(
  store: Store,
  record: CommitRecord,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf(record, name);
  const found = await store.stat(key, { signal });
  const size = objectOf(record, name)?.size ?? 0;
  if (found?.size === size) return;
  throw new HoldfastError("damaged", {
    what: `Opening ${store.name}:${key}`,
    why: sizeProblem(found?.size, size),
  });
}

function sizeProblem(found: number | undefined, size: number): string {
  if (found === undefined) return "it is missing";
  const happened = found < size ? "was cut" : "was written to again";
  return `it ${happened}: it has ${found} bytes instead of ${size}`;
}

function brokenLink(
  { store, record, siblings }: ChainRequest,
  id: string,
  name: string,
  error: HoldfastError,
): BrokenLink {
  const isGone = error.code === "not-found";
  const held = siblings.find((other) => other.id === id) ?? { ...record, id };
  const key = isGone ? pointPrefix(record.stack, record.job, id) + COMMIT_RECORD : keyOf(held, name);
  const object = `${store.name}:${key}`;
  const problem = isGone ? `${object} is missing` : `${object} cannot be used: ${error.facts.why}`;
  const why = id === record.id ? problem : `it needs recovery point ${id}, but ${problem}`;
  return new BrokenLink("damaged", { what: `Restoring recovery point ${record.id}`, why, cause: error });
}

async function nextStep(request: ChainRequest): Promise<string> {
  const instead = await restorableInstead(request);
  const told = "`holdfast verify` tells what is damaged";
  if (instead === undefined)
    return `no other point in store ${request.store.name} can be restored either; ${told}`;
  const which = instead.startedAt <= request.record.startedAt ? "the newest before it" : "a later one";
  return `restore --point ${instead.id}, ${which} of which all is there; ${told}`;
}

/** The nearest older point that can be opened as a whole, else the nearest newer one. */
async function restorableInstead(request: ChainRequest): Promise<CommitRecord | undefined> {
  const { record, siblings } = request;
  const isOlder = ({ startedAt }: CommitRecord) => startedAt <= record.startedAt;
  const older = siblings.filter(isOlder).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const newer = siblings
    .filter((other) => !isOlder(other))
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (const candidate of [...older, ...newer].slice(0, MAX_CANDIDATES)) {
    if (await canBeOpened({ ...request, record: candidate, siblings: [record, ...siblings] }))
      return candidate;
  }
  return undefined;
}

async function canBeOpened(request: ChainRequest): Promise<boolean> {
  try {
    await openLinks(request);
    return true;
  } catch (error) {
    if (request.signal.aborted || !(error instanceof HoldfastError)) throw error;
    return false;
  }
}

/** `name` is that of the content. */
function keyOf({ stack, job, id, encryption }: CommitRecord, name: string): string {
  return pointPrefix(stack, job, id) + storedName(name, encryption);
}
