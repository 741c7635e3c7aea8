/** Reads the objects of a point that the catalog cannot use, and tells what happened to them. */
import { pointPrefix, type CatalogPoint } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogProblem } from "./catalog.ts";
import { describeDamage } from "./damage-text.ts";
import { examineObject } from "./examine-object.ts";
import { readRecord } from "./point-objects.ts";

/** The problem's own sentence where there is no more to say. */
export async function explainProblem(
  { stack }: AppContext,
  store: Store,
  { kind, job, id, message }: CatalogProblem,
  siblings: readonly CatalogPoint[],
  signal: AbortSignal,
): Promise<string[]> {
  if (kind !== "incomplete") return [message];
  const record = await readRecord(store, { stack, job, id }, { signal });
  const records = siblings.map((point) => point.record);
  const found: string[] = [];
  for (const object of record.objects) {
    const key = pointPrefix(stack, job, id) + object.name;
    if ((await store.stat(key, { signal }))?.size === object.size) continue;
    const damage = await examineObject({ store, record, siblings: records, object }, signal);
    if (damage !== undefined) found.push(describeDamage(`${store.name}:${key}`, damage, []));
  }
  return found.length === 0 ? [message] : found;
}
