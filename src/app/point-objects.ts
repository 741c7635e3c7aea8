/** Reading and writing the objects of one recovery point. */
import { Buffer } from "node:buffer";
import { hasCode, HoldfastError, isRefusedForGood } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { Instant } from "../domain/instant.ts";
import {
  COMMIT_RECORD,
  objectOf,
  PIN_OBJECT,
  pointPrefix,
  PROOFS_FOLDER,
  SAMPLES_FOLDER,
  storedName,
} from "../domain/recovery-point.ts";
import type { CommitRecord, Proof, SampleRecord } from "../domain/recovery-point.ts";
import type { Keyring } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import type { Store } from "../ports/store.ts";
import { encodeCommitRecord, encodeProof, encodeSample, parseCommitRecord } from "./commit-record.ts";
import { isSealedTextChanged } from "./record-seal.ts";
import { once, readText } from "./small-object.ts";

/** Names one point of a stack; a commit record does. */
export interface PointName {
  stack: string;
  job: string;
  id: string;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

/** Throws `not-found`, `damaged` or `unsupported`. Does not check that the objects are there. */
export async function readRecord(
  store: Store,
  point: PointName,
  { signal }: WithSignal = {},
): Promise<CommitRecord> {
  return parseOwnRecord(store, point, await readText(store, prefixOf(point) + COMMIT_RECORD, { signal }));
}

/** The record of the point whose archive holds an entry's bytes: the entry's own, or one that it says is needed. */
export async function readHolder(
  store: Store,
  record: CommitRecord,
  id: string | undefined,
  options: WithSignal = {},
): Promise<CommitRecord> {
  if (id === undefined) return record;
  if (record.needs.includes(id)) return readRecord(store, { ...record, id }, options);
  throw new HoldfastError("damaged", {
    what: `Reading the index of recovery point ${record.id}`,
    why: `it takes bytes from ${id}, which the commit record does not say is needed`,
    next: "verify the recovery point and restore from another one",
  });
}

/** As readRecord, and `damaged` also where what was changed means nothing to a reader. */
export async function readRecordAsWritten(
  store: Store,
  point: PointName,
  options: WithSignal = {},
): Promise<CommitRecord> {
  return (await readRecordText(store, point, options)).record;
}

/** As readRecordAsWritten, with the text as it is stored. */
export async function readRecordText(
  store: Store,
  point: PointName,
  { signal }: WithSignal = {},
): Promise<{ record: CommitRecord; text: string }> {
  const text = await readText(store, prefixOf(point) + COMMIT_RECORD, { signal });
  const record = parseOwnRecord(store, point, text);
  if (!isSealedTextChanged(text)) return { record, text };
  const what = `Reading recovery point ${store.name}:${prefixOf(point)}`;
  throw new HoldfastError("damaged", {
    what,
    why: "bytes of its commit record that mean nothing were changed",
  });
}

function parseOwnRecord(store: Store, point: PointName, text: string): CommitRecord {
  const prefix = prefixOf(point);
  const what = `Reading recovery point ${store.name}:${prefix}`;
  const record = parseCommitRecord(text, what);
  if (prefixOf(record) === prefix) return record;
  throw new HoldfastError("damaged", { what, why: `its commit record is that of ${prefixOf(record)}` });
}

/** From here on the point exists. The caller has put and read back every object before. Create-only. */
export async function writeCommitRecord(
  store: Store,
  record: CommitRecord,
  { signal }: WithSignal = {},
): Promise<void> {
  await store.put(prefixOf(record) + COMMIT_RECORD, once(encodeCommitRecord(record)), { signal });
}

/** How far a name is moved on when another one has it already. */
const MAX_NAME_ATTEMPTS = 20;

/** Keeps a proof beside its point, named by its time, so that names sort by age. Create-only. */
export async function writeProof(
  store: Store,
  point: PointName,
  proof: Proof,
  { signal }: WithSignal = {},
): Promise<void> {
  await putByTime(store, prefixOf(point) + PROOFS_FOLDER, encodeProof(proof), Date.parse(proof.at), signal);
}

/** Keeps beside a point which parts of it were read. Create-only; gives the key. */
export async function writeSample(
  store: Store,
  point: PointName,
  sample: SampleRecord,
  { signal }: WithSignal = {},
): Promise<string> {
  return putByTime(
    store,
    prefixOf(point) + SAMPLES_FOLDER,
    encodeSample(sample),
    Date.parse(sample.at),
    signal,
  );
}

async function putByTime(
  store: Store,
  folder: string,
  bytes: Uint8Array,
  at: Instant,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const key = `${folder}${compactTime(at + attempt)}.json`;
    try {
      await store.put(key, once(bytes), { signal });
      return key;
    } catch (error) {
      if (!hasCode(error, "already-exists") || attempt === MAX_NAME_ATTEMPTS) throw error;
    }
  }
}

/** `20261120T030000123Z`: without colons, which not every file system takes. */
function compactTime(instant: Instant): string {
  return toIso(instant).replace(/[-:.]/g, "");
}

interface Pin {
  at: Instant;
  reason?: string | undefined;
}

export function encodePin({ at, reason }: Pin): Uint8Array {
  const content = { format: 1, pinnedAt: toIso(at), ...(reason === undefined ? {} : { reason }) };
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}

/** Keeps a point from every retention rule. Pinning twice is as good as once. Throws `not-found` without the point. */
export async function pin(
  store: Store,
  point: PointName,
  { signal, ...content }: Pin & WithSignal,
): Promise<void> {
  await assertCommitted(store, point, signal);
  const key = prefixOf(point) + PIN_OBJECT;
  try {
    await store.put(key, once(encodePin(content)), { signal, replace: true });
  } catch (error) {
    // Where nothing can be replaced, the pin that is there is as good.
    if (!isRefusedForGood(error) || (await store.stat(key, { signal })) === undefined) throw error;
  }
}

/** Throws `not-found` when there is no such point, but not when it is not pinned. */
export async function unpin(store: Store, point: PointName, { signal }: WithSignal = {}): Promise<void> {
  await assertCommitted(store, point, signal);
  await store.delete(prefixOf(point) + PIN_OBJECT, { signal, hide: true });
}

async function assertCommitted(
  store: Store,
  point: PointName,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await store.stat(prefixOf(point) + COMMIT_RECORD, { signal });
  if (found !== undefined) return;
  throw new HoldfastError("not-found", {
    what: `Finding recovery point ${point.id} of job ${point.job}`,
    why: `store ${store.name} has no such point`,
    next: "see `holdfast list` for those there are",
  });
}

export interface OpenOptions {
  /** For what is encrypted. */
  keys: Keyring;
  /** Records of the job's other points in the store, as far as they are known: an object that turns out to be theirs is named so. */
  siblings?: readonly CommitRecord[] | undefined;
}

/** The content of one of the point's objects, decrypted where it is encrypted; `name` is that of the content. */
export function openObject(
  store: Store,
  record: CommitRecord,
  name: string,
  options: OpenOptions,
): ObjectReader {
  const stored = openStored(store, record, storedName(name, record.encryption), options.siblings);
  return contentOf(stored, record, name, options);
}

/** The same, of what reads it as it is stored. */
export function contentOf(
  stored: ObjectReader,
  record: CommitRecord,
  name: string,
  { keys, siblings = [] }: OpenOptions,
): ObjectReader {
  const { encryption } = record;
  const object = objectOf(record, name);
  if (encryption === null || object === undefined) return stored;
  const whoseHead = (sha256: string) => whose("headSha256", sha256, [record, ...siblings]);
  return keys.open(stored, { encryption, object, whoseHead });
}

/** One of the objects that the record names, as it is stored. `siblings`: see OpenOptions. */
export function openStored(
  store: Store,
  record: CommitRecord,
  name: string,
  siblings: readonly CommitRecord[] = [],
): ObjectReader {
  const object = record.objects.find((candidate) => candidate.name === name);
  const key = prefixOf(record) + name;
  if (object === undefined) {
    throw new HoldfastError("not-found", {
      what: `Opening ${store.name}:${key}`,
      why: `recovery point ${record.id} has no object ${name}`,
    });
  }
  return {
    name: `${store.name}:${key}`,
    size: object.size,
    seekTableSha256: object.seekTableSha256,
    whoseSeekTable: (sha256) => whose("seekTableSha256", sha256, [record, ...siblings]),
    read: (options) => store.get(key, options),
  };
}

function whose(
  part: "seekTableSha256" | "headSha256",
  sha256: string,
  records: readonly CommitRecord[],
): string | undefined {
  for (const { id, objects } of records) {
    const found = objects.find((object) => object[part] === sha256);
    if (found !== undefined) return `${found.name} of recovery point ${id}`;
  }
  return undefined;
}

function prefixOf({ stack, job, id }: PointName): string {
  return pointPrefix(stack, job, id);
}
