/** Reads the objects of a point that the catalog cannot use, and tells what happened to them. */
import { DigestedReader } from "../archive/verify/digested-reader.ts";
import { classifyDamage } from "../domain/object-damage.ts";
import { pointPrefix, type CatalogPoint } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogProblem } from "./catalog.ts";
import { describeDamage } from "./damage-text.ts";
import { openObject, readRecord } from "./point-objects.ts";

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
  const others = siblings.flatMap((point) =>
    point.record.objects.map((object) => ({ point: point.id, object })),
  );
  const found: string[] = [];
  for (const expected of record.objects) {
    const { sha256, name } = expected;
    const stored = await store.stat(pointPrefix(stack, job, id) + name, { signal });
    if (stored?.size === expected.size) continue;
    const reader = new DigestedReader(
      { ...openObject(store, record, name), seekTableSha256: undefined },
      { sha256 },
    );
    const own = record.objects
      .filter((object) => object !== expected)
      .map((object) => ({ point: id, object }));
    const sighting = { expected, found: await reader.finish(false, signal), others: [...own, ...others] };
    const damage = classifyDamage(sighting);
    if (damage !== undefined) found.push(describeDamage(reader.name, damage, []));
  }
  return found.length === 0 ? [message] : found;
}
