/** Reads one stored point again: its commit record, and each object once, against the record, the index and one another. */
import type { ObjectReader } from "../ports/object-reader.ts";
import { DamagedRanges } from "../archive/verify/damaged-ranges.ts";
import type { DigestedReader } from "../archive/verify/digested-reader.ts";
import type { EntryCheck } from "../archive/verify/entry-cursor.ts";
import { verifyArchive, type VerifyProblem } from "../archive/verify-archive.ts";
import { hasCode } from "../domain/errors.ts";
import type { ObjectDamage } from "../domain/object-damage.ts";
import {
  ARCHIVE_OBJECT,
  INDEX_OBJECT,
  type CommitRecord,
  type PointObject,
} from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { openObject, readRecordAsWritten } from "./point-objects.ts";
import { describeDamage } from "./damage-text.ts";
import { damageFrom, digestedObject } from "./examine-object.ts";

export interface VerifyPointRequest {
  store: Store;
  record: CommitRecord;
  /** Records of the job's other points in the store: an object may turn out to be theirs. */
  siblings: readonly CommitRecord[];
  /** Names of the stores that have a copy of the point. */
  elsewhere: readonly string[];
  checkEntry?: EntryCheck | undefined;
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

export interface PointVerdict {
  /** One sentence each; empty when the point is whole. */
  problems: string[];
  /** What of the archive cannot be trusted: parts of it, or nothing of it. */
  archive: DamagedRanges | "all";
  /** The index is not what was written, or not readable: what it says counts for nothing. */
  isIndexDamaged: boolean;
}

export const MAX_RECORDED_PROBLEMS = 100;

/** Trouble in passing is thrown, for it is no verdict. */
export async function verifyPoint(request: VerifyPointRequest): Promise<PointVerdict> {
  const { store, record, signal, checkEntry, onBytes } = request;
  const recordProblem = await problemOfRecord(request);
  const index = digestedObject(request, INDEX_OBJECT, onBytes);
  const archive = digestedObject(request, ARCHIVE_OBJECT, onBytes);
  const found = await collect(verifyArchive({ index, archive, checkEntry, signal }));
  const damages = new Map<string, ObjectDamage>();
  for (const object of record.objects) {
    const reader = [index, archive].find(({ name }) => name === openObject(store, record, object.name).name);
    const read = reader ?? digestedObject(request, object.name, onBytes);
    const damage = await damageOf(request, object, read, found);
    if (damage !== undefined) damages.set(object.name, damage);
  }
  const headlines = [...damages].map(([name, damage]) =>
    describeDamage(openObject(store, record, name).name, damage, request.elsewhere),
  );
  const details = found.problems.filter((problem) => !isExplained(problem, archive, index, damages));
  const sentences = [...recordProblem, ...headlines, ...details.map(({ message }) => message)];
  return {
    problems: found.more === 0 ? sentences : [...sentences, `${found.more} more problems were found.`],
    archive: areBytesUnknown(damages.get(ARCHIVE_OBJECT), found) ? "all" : found.ranges,
    isIndexDamaged: damages.has(INDEX_OBJECT) || found.problems.some(({ object }) => object === index.name),
  };
}

/** The listing may know the record from earlier; here it is read as it stands now. */
export async function problemOfRecord({
  store,
  record,
  signal,
}: Pick<VerifyPointRequest, "store" | "record" | "signal">): Promise<string[]> {
  try {
    await readRecordAsWritten(store, record, { signal });
    return [];
  } catch (error) {
    if (hasCode(error, "damaged") || hasCode(error, "unsupported")) return [error.message];
    throw error;
  }
}

interface Findings {
  problems: VerifyProblem[];
  /** Found beyond those that are kept. */
  more: number;
  ranges: DamagedRanges;
}

/** To the end, whatever is found: later points rely on every entry having been looked at. */
async function collect(problems: AsyncIterable<VerifyProblem>): Promise<Findings> {
  const found: Findings = { problems: [], more: 0, ranges: new DamagedRanges() };
  for await (const problem of problems) {
    if (problem.range !== undefined) found.ranges.add(problem.range.start, problem.range.end);
    if (found.problems.length < MAX_RECORDED_PROBLEMS) found.problems.push(problem);
    else found.more += 1;
  }
  return found;
}

async function damageOf(
  request: VerifyPointRequest,
  object: PointObject,
  reader: DigestedReader,
  { problems }: Findings,
): Promise<ObjectDamage | undefined> {
  const isWhole = !problems.some((problem) => problem.object === reader.name && problem.path === undefined);
  return damageFrom(await reader.finish(isWhole, request.signal), { ...request, object });
}

const REPLACED: readonly ObjectDamage["kind"][] = ["missing", "swapped", "stale"];

/** What only follows from an object's being another one, or not there, is told by that. */
function isExplained(
  problem: VerifyProblem,
  archive: ObjectReader,
  index: ObjectReader,
  damages: ReadonlyMap<string, ObjectDamage>,
): boolean {
  const isReplaced = (name: string) => REPLACED.includes(damages.get(name)?.kind as ObjectDamage["kind"]);
  if (problem.object === archive.name) {
    return isReplaced(ARCHIVE_OBJECT) || (problem.path !== undefined && isReplaced(INDEX_OBJECT));
  }
  return problem.object === index.name && isReplaced(INDEX_OBJECT);
}

/** The digest differs, and no frame or file tells where. */
function areBytesUnknown(damage: ObjectDamage | undefined, { ranges, more }: Findings): boolean {
  if (damage === undefined) return false;
  return damage.kind !== "altered" || ranges.isEmpty || more > 0;
}
