/** What happened to a stored object that is not what its commit record says. */
import { DigestedReader } from "../archive/verify/digested-reader.ts";
import { classifyDamage, type FoundObject, type ObjectDamage } from "../domain/object-damage.ts";
import type { CommitRecord, PointObject } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { openStored } from "./point-objects.ts";

export interface ObjectToExamine {
  store: Store;
  record: CommitRecord;
  /** Records of the job's other points in the store: the object may turn out to be theirs. */
  siblings: readonly CommitRecord[];
  object: PointObject;
}

/** The object to be read in full and digested on the way: whatever stands there. Throws `not-found` where the record has none. */
export function digestedObject(
  { store, record }: Pick<ObjectToExamine, "store" | "record">,
  name: string,
  onBytes?: (count: number) => void,
): DigestedReader {
  const reader = { ...openStored(store, record, name), seekTableSha256: undefined };
  const sha256 = record.objects.find((object) => object.name === name)?.sha256 ?? "";
  return new DigestedReader(reader, { sha256, onBytes });
}

/** Undefined where what was found is what was written. */
export function damageFrom(
  found: FoundObject | undefined,
  { record, siblings, object: expected }: ObjectToExamine,
): ObjectDamage | undefined {
  const others = [record, ...siblings].flatMap(({ id, objects }) =>
    objects.filter((object) => object !== expected).map((object) => ({ point: id, object })),
  );
  return classifyDamage({ expected, found, others });
}

/** Reads the object to its end; what its content is like is not looked at. */
export async function examineObject(
  what: ObjectToExamine,
  signal: AbortSignal,
): Promise<ObjectDamage | undefined> {
  return damageFrom(await digestedObject(what, what.object.name).finish(false, signal), what);
}
