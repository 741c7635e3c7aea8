/** Reads the dumps of one stored point again: each object once, against the record and frame by frame. */
import { DamagedRanges } from "../archive/verify/damaged-ranges.ts";
import { FrameScan } from "../archive/verify/frame-scan.ts";
import { FramedObject } from "../archive/framed-object.ts";
import { dumpObjectsOf } from "../domain/dump-in-point.ts";
import { hasCode } from "../domain/errors.ts";
import { storedName } from "../domain/recovery-point.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { describeDamage } from "./damage-text.ts";
import { damageFrom, digestedObject } from "./examine-object.ts";
import { contentOf, openStored } from "./point-objects.ts";
import { problemOfRecord, type PointVerdict, type VerifyPointRequest } from "./verify-point.ts";

/** Trouble in passing is thrown, for it is no verdict. */
export async function verifyDumps(request: VerifyPointRequest): Promise<PointVerdict> {
  const { record, siblings, keys, signal } = request;
  const contents = new Map(
    dumpObjectsOf(record).map((content) => [storedName(content, record.encryption), content]),
  );
  let isContentRead = record.encryption === null || keys.mayOpen(record.encryption);
  const nameless = await problemOfRecord(request);
  const details: string[] = [];
  for (const object of record.objects) {
    const read = digestedObject(request, object.name, request.onBytes);
    const content = contents.get(object.name);
    const found =
      content === undefined || !isContentRead
        ? undefined
        : await problemsIn(() => contentOf(read, record, content, { keys, siblings }), signal);
    // The key that is here is to other points.
    if (found === "sealed") isContentRead = false;
    const problems = found === undefined || found === "sealed" ? [] : found;
    const isWhole = found !== "sealed" && found !== undefined && problems.length === 0;
    const damage = damageFrom(await read.finish(isWhole, signal), { ...request, object });
    if (damage !== undefined)
      nameless.push(
        describeDamage(openStored(request.store, record, object.name).name, damage, request.elsewhere),
      );
    if (damage === undefined || damage.kind === "altered") details.push(...problems);
  }
  const isDamaged = nameless.length + details.length > 0;
  return {
    problems: [...nameless, ...details],
    ...{ nameless, isContentRead, isIndexDamaged: false },
    archive: isDamaged ? "all" : new DamagedRanges(),
  };
}

async function problemsIn(open: () => ObjectReader, signal: AbortSignal): Promise<string[] | "sealed"> {
  try {
    const scan = new FrameScan(await FramedObject.open(open(), signal), () => undefined, signal);
    await scan.finish();
    return scan.problems.map(({ message }) => message);
  } catch (error) {
    if (hasCode(error, "damaged")) return [error.message];
    if (hasCode(error, "refused")) return "sealed";
    throw error;
  }
}
