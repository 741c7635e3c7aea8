/** Reads the objects of a point that the catalog cannot use, and tells what happened to them. */
import { pointPrefix, type CommitRecord } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogProblem } from "./catalog.ts";
import { describeDamage } from "./damage-text.ts";
import { examineObject } from "./examine-object.ts";
import { readRecord } from "./point-objects.ts";

/** The problem's own sentence where there is no more to say. `records`: of all the job's points in the store. */
export async function explainProblem(
  { stack }: AppContext,
  store: Store,
  { kind, job, id, message }: CatalogProblem,
  records: readonly CommitRecord[],
  signal: AbortSignal,
): Promise<string[]> {
  if (kind !== "incomplete") return [message];
  const record = await readRecord(store, { stack, job, id }, { signal });
  const siblings = records.filter((other) => other.id !== id);
  const found: string[] = [];
  for (const object of record.objects) {
    const key = pointPrefix(stack, job, id) + object.name;
    if ((await store.stat(key, { signal }))?.size === object.size) continue;
    const damage = await examineObject({ store, record, siblings, object }, signal);
    if (damage !== undefined) found.push(describeDamage(`${store.name}:${key}`, damage, []));
  }
  return found.length === 0 ? [message] : found;
}
