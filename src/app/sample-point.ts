/**
 * Reads the parts of one point that a sample chose: frames of the archive, the index as a whole, the commit record each time. What is
 * encrypted is read as a whole, against the digest of what is stored: for that there need be no key.
 */
import { hasContent } from "../archive/index-entry.ts";
import { readIndex } from "../archive/read-index.ts";
import { checkPart } from "../archive/verify/check-part.ts";
import { DamagedRanges } from "../archive/verify/damaged-ranges.ts";
import { hasCode } from "../domain/errors.ts";
import { INDEX_OBJECT, type CommitRecord } from "../domain/recovery-point.ts";
import type { Part, PlannedPart } from "../domain/sample.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { describeDamage } from "./damage-text.ts";
import { damageFrom, digestedObject } from "./examine-object.ts";
import { openStored } from "./point-objects.ts";
import type { NewReading } from "./sample-records.ts";
import { problemOfRecord } from "./verify-point.ts";

export interface SamplePointRequest {
  store: Store;
  record: CommitRecord;
  /** Records of the job's other points in the store. */
  siblings: readonly CommitRecord[];
  /** Names of the stores that have a copy of the point. */
  elsewhere: readonly string[];
  parts: readonly PlannedPart[];
  clock: Clock;
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

export interface SampledParts {
  /** One sentence each; empty when nothing was found. */
  problems: string[];
  readings: NewReading[];
}

const MAX_FILES_NAMED = 20;

/** Trouble in passing is thrown, for it is no verdict. */
export async function samplePoint(request: SamplePointRequest): Promise<SampledParts> {
  const sampled: SampledParts = { problems: await problemOfRecord(request), readings: [] };
  const damaged = new DamagedRanges();
  for (const part of request.parts) {
    const isIndex = part.object === INDEX_OBJECT;
    const isWhole = isIndex || request.record.encryption !== null;
    const read = isWhole ? readWhole(request, part.object) : readFrames(request, part, damaged);
    const { problems, from, to } = await read;
    sampled.problems.push(...problems);
    sampled.readings.push({ object: part.object, from, to, at: request.clock.now() });
  }
  if (!damaged.isEmpty) sampled.problems.push(...(await filesIn(damaged, request)));
  return sampled;
}

interface ReadPart extends Part {
  problems: string[];
}

async function readFrames(
  { store, record, siblings, onBytes, signal }: SamplePointRequest,
  part: PlannedPart,
  damaged: DamagedRanges,
): Promise<ReadPart> {
  const reader = openStored(store, record, part.object, siblings);
  const { from, to, problems } = await checkPart(reader, { part, onBytes, signal });
  for (const { range } of problems) if (range !== undefined) damaged.add(range.start, range.end);
  return { from, to, problems: problems.map(({ message }) => message) };
}

async function readWhole(request: SamplePointRequest, name: string): Promise<ReadPart> {
  const { record, elsewhere, onBytes, signal } = request;
  const object = record.objects.find((candidate) => candidate.name === name);
  if (object === undefined) return { from: 0, to: 0, problems: [] };
  const reader = digestedObject(request, name, onBytes);
  const problem = await damageOf(async () => {
    if (name !== INDEX_OBJECT) return;
    const entries = readIndex(reader, { signal });
    while ((await entries.next()).done !== true);
  });
  const damage = damageFrom(await reader.finish(problem === undefined, signal), { ...request, object });
  const told = damage === undefined ? problem : describeDamage(reader.name, damage, elsewhere);
  return { from: 0, to: object.size, problems: told === undefined ? [] : [told] };
}

/** The files of this point that lie in the damage, as far as its index can tell. */
async function filesIn(damaged: DamagedRanges, request: SamplePointRequest): Promise<string[]> {
  const paths: string[] = [];
  await damageOf(async () => {
    for await (const entry of readIndex(openStored(request.store, request.record, INDEX_OBJECT), request)) {
      if (!hasContent(entry) || entry.data.point !== undefined) continue;
      if (damaged.touch(entry.data.offset, entry.size)) paths.push(entry.path);
      if (paths.length > MAX_FILES_NAMED) break;
    }
  });
  if (paths.length === 0) return [];
  const more = paths.length > MAX_FILES_NAMED ? " and more" : "";
  const files = paths.slice(0, MAX_FILES_NAMED).join(", ") + more;
  return [`Files concerned: ${files}; a verify of all of ${request.record.id} tells more.`];
}

async function damageOf(action: () => Promise<void>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (hasCode(error, "damaged") || hasCode(error, "not-found")) return error.message;
    throw error;
  }
}
