/**
 * Reads one stored point again: its commit record, and each object once, against the record, the index and one another. Of an
 * encrypted point whose key is not here, what is stored is compared with the record.
 */
import type { Keyring } from "../ports/encryption.ts";
import { DamagedRanges } from "../archive/verify/damaged-ranges.ts";
import type { DigestedReader } from "../archive/verify/digested-reader.ts";
import type { EntryCheck } from "../archive/verify/entry-cursor.ts";
import { verifyArchive, type VerifyProblem } from "../archive/verify-archive.ts";
import { hasCode } from "../domain/errors.ts";
import type { ObjectDamage } from "../domain/object-damage.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT, storedName, type CommitRecord } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { contentOf, openStored, readRecordAsWritten } from "./point-objects.ts";
import { describeDamage } from "./damage-text.ts";
import { damageFrom, digestedObject } from "./examine-object.ts";

export interface VerifyPointRequest {
  store: Store;
  record: CommitRecord;
  /** Records of the job's other points in the store: an object may turn out to be theirs. */
  siblings: readonly CommitRecord[];
  /** Names of the stores that have a copy of the point. */
  elsewhere: readonly string[];
  /** For what is encrypted. */
  keys: Keyring;
  checkEntry?: EntryCheck | undefined;
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

export interface PointVerdict {
  /** One sentence each; empty when the point is whole. */
  problems: string[];
  /** Those of them that name nothing of what is in the point. */
  nameless: string[];
  /** False: it is encrypted, and there is no key to it; what is stored is what was written all the same. */
  isContentRead: boolean;
  /** What of the archive cannot be trusted: parts of it, or nothing of it. */
  archive: DamagedRanges | "all";
  /** The index is not what was written, or not readable: what it says counts for nothing. */
  isIndexDamaged: boolean;
}

export const MAX_RECORDED_PROBLEMS = 100;

/** Trouble in passing is thrown, for it is no verdict. */
export async function verifyPoint(request: VerifyPointRequest): Promise<PointVerdict> {
  const { store, record, onBytes, signal } = request;
  const recordProblem = await problemOfRecord(request);
  const index = digestedObject(request, storedName(INDEX_OBJECT, record.encryption), onBytes);
  const archive = digestedObject(request, storedName(ARCHIVE_OBJECT, record.encryption), onBytes);
  const content = await readContent(request, index, archive);
  const found = content ?? { problems: [], more: 0, ranges: new DamagedRanges() };
  const isUnread = (name: string) =>
    record.encryption !== null && (content === undefined || ![index.name, archive.name].includes(name));
  const damages = new Map<string, ObjectDamage>();
  for (const object of record.objects) {
    const reader = [index, archive].find(({ name }) => name === openStored(store, record, object.name).name);
    const read = reader ?? digestedObject(request, object.name, onBytes);
    const isWhole = !isUnread(read.name) && isWithoutProblem(read.name, found);
    const damage = damageFrom(await read.finish(isWhole, signal), { ...request, object });
    if (damage !== undefined) damages.set(object.name, damage);
  }
  const headlines = [...damages].map(([name, damage]) =>
    describeDamage(openStored(store, record, name).name, damage, request.elsewhere),
  );
  const named = [ARCHIVE_OBJECT, INDEX_OBJECT].map((name) =>
    damages.get(storedName(name, record.encryption)),
  );
  const [ofArchive, ofIndex] = named;
  const details = found.problems.filter(
    (problem) =>
      !isExplained(problem, { name: archive.name, damage: ofArchive }, { name: index.name, damage: ofIndex }),
  );
  const nameless = [...recordProblem, ...headlines];
  const sentences = [...nameless, ...details.map(({ message }) => message)];
  return {
    problems: found.more === 0 ? sentences : [...sentences, `${found.more} more problems were found.`],
    nameless,
    isContentRead: content !== undefined,
    archive: areBytesUnknown(ofArchive, found) ? "all" : found.ranges,
    isIndexDamaged: ofIndex !== undefined || found.problems.some(({ object }) => object === index.name),
  };
}

/** Undefined where it cannot be decrypted. */
async function readContent(
  { record, siblings, keys, checkEntry, signal }: VerifyPointRequest,
  index: DigestedReader,
  archive: DigestedReader,
): Promise<Findings | undefined> {
  if (record.encryption !== null && !keys.mayOpen(record.encryption)) return undefined;
  const options = { keys, siblings };
  const content = {
    index: contentOf(index, record, INDEX_OBJECT, options),
    archive: contentOf(archive, record, ARCHIVE_OBJECT, options),
  };
  try {
    return await collect(verifyArchive({ ...content, checkEntry, signal }));
  } catch (error) {
    // The key that is here is to other points.
    if (record.encryption !== null && hasCode(error, "refused")) return undefined;
    throw error;
  }
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

function isWithoutProblem(name: string, { problems }: Findings): boolean {
  return !problems.some(({ object, path }) => object === name && path === undefined);
}

const REPLACED: readonly ObjectDamage["kind"][] = ["missing", "swapped", "stale"];

/** What only follows from an object's being another one, or not there, is told by that. */
function isExplained(problem: VerifyProblem, archive: MaybeDamaged, index: MaybeDamaged): boolean {
  if (problem.object === archive.name) {
    return isReplaced(archive) || (problem.path !== undefined && isReplaced(index));
  }
  return problem.object === index.name && isReplaced(index);
}

interface MaybeDamaged {
  name: string;
  damage: ObjectDamage | undefined;
}

function isReplaced({ damage }: MaybeDamaged): boolean {
  return damage !== undefined && REPLACED.includes(damage.kind);
}

/** The digest differs, and no frame or file tells where. */
function areBytesUnknown(damage: ObjectDamage | undefined, { ranges, more }: Findings): boolean {
  if (damage === undefined) return false;
  return damage.kind !== "altered" || ranges.isEmpty || more > 0;
}
