/** What the samples of a point left beside it: read together, and kept few. */
import { hasCode, HoldfastError, messageOf } from "../domain/errors.ts";
import { toIso, type Instant } from "../domain/instant.ts";
import {
  FORMAT_VERSION,
  INDEX_OBJECT,
  pointPrefix,
  SAMPLES_FOLDER,
  type CatalogPoint,
  type SampleRecord,
} from "../domain/recovery-point.ts";
import {
  coverageOf,
  mergeReadings,
  type Coverage,
  type Reading,
  type SampledObject,
} from "../domain/sample.ts";
import type { Store } from "../ports/store.ts";
import { parseSample } from "./commit-record.ts";
import { writeSample } from "./point-objects.ts";
import { deleteIfLetGo } from "./remove-point.ts";
import { readText } from "./small-object.ts";

/** Records of one point before they are merged into one. */
const MAX_RECORDS = 4;
/** Readings of one object in a merged record. */
const MAX_READINGS = 1000;

export interface KnownReadings {
  /** The point's objects, with all that is known of their readings. */
  objects: SampledObject[];
  /** Keys of the records, those that cannot be read with them: a merged record replaces them. */
  keys: string[];
}

/** A record that is damaged counts for nothing: what it told of is read again. `keys` are those of the point's records. */
export async function readSamples(
  store: Store,
  point: CatalogPoint,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<KnownReadings> {
  const readings = new Map<string, Reading[]>();
  const known: string[] = [];
  for (const key of keys) {
    const record = await readOne(store, key, signal);
    if (record === "newer") continue;
    known.push(key);
    if (record?.point !== point.id) continue;
    for (const { object, from, to, at } of record.readings)
      readings.set(object, [...(readings.get(object) ?? []), { from, to, at: Date.parse(at) }]);
  }
  const objects = point.record.objects.map(({ name, size }) => ({
    ...{ point: point.id, startedAt: point.startedAt, object: name, size },
    isIndivisible: name === INDEX_OBJECT || point.record.encryption !== null,
    readings: [...(readings.get(name) ?? []), ...wholeReading(point, size)],
  }));
  return { objects, keys: known };
}

/** `newer`: written by a version that this one does not understand, and not ours to replace. */
async function readOne(
  store: Store,
  key: string,
  signal: AbortSignal,
): Promise<SampleRecord | "newer" | undefined> {
  try {
    return parseSample(await readText(store, key, { signal }), `Reading ${store.name}:${key}`);
  } catch (error) {
    if (hasCode(error, "unsupported")) return "newer";
    if (hasCode(error, "damaged") || hasCode(error, "not-found")) return undefined;
    throw error;
  }
}

/** A verify that passed has read it all. */
function wholeReading({ lastProof }: CatalogPoint, size: number): Reading[] {
  if (lastProof?.operation !== "verify" || lastProof.outcome !== "passed") return [];
  return [{ from: 0, to: size, at: Date.parse(lastProof.at) }];
}

/** How much of a point was read since it was written, by verifies that passed and by samples. */
export async function coverageOfPoint(
  store: Store,
  point: CatalogPoint,
  now: Instant,
  signal: AbortSignal,
): Promise<Coverage> {
  const { stack, job, id } = point.record;
  const keys: string[] = [];
  for await (const { key } of store.list(pointPrefix(stack, job, id) + SAMPLES_FOLDER, { signal }))
    keys.push(key);
  const { objects } = await readSamples(store, point, keys.filter(isSampleKey), signal);
  return coverageOf(objects, now);
}

export function isSampleKey(key: string): boolean {
  return key.includes(`/${SAMPLES_FOLDER}`) && key.endsWith(".json");
}

export interface NewReading extends Reading {
  object: string;
}

/** Adds a record of what was read now; where there would be too many, one record that knows the same takes the place of all. */
export async function keepSample(
  store: Store,
  { record: point }: CatalogPoint,
  known: KnownReadings,
  added: readonly NewReading[],
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const isFull = known.keys.length >= MAX_RECORDS;
  const readings = isFull ? merged(known, added) : added;
  const sample = {
    ...{ format: FORMAT_VERSION, point: point.id, at: toIso(now) },
    readings: readings.map(({ object, from, to, at }) => ({ object, from, to, at: toIso(at) })),
  };
  await writeSample(store, point, sample, { signal });
  if (!isFull) return;
  try {
    for (const key of known.keys) await deleteIfLetGo(store, key, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const why = messageOf(error);
    throw new HoldfastError("store", {
      what: `Removing older records of samples of ${point.id}`,
      why,
      next: "they do no harm, and the next sample tries again",
      cause: error,
    });
  }
}

function merged({ objects }: KnownReadings, added: readonly NewReading[]): NewReading[] {
  return objects.flatMap(({ object, size, readings }) => {
    const all = [...readings, ...added.filter((reading) => reading.object === object)];
    return mergeReadings(size, all, MAX_READINGS).map((reading) => ({ object, ...reading }));
  });
}
