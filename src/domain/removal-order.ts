/** In which order points are removed, so that whatever is left at any moment can be restored. */
import { dependants } from "./retention-chains.ts";
import type { RetentionPoint } from "./retention.ts";

/**
 * The given points, each before every point that it needs, the newest first where that leaves a choice. Points that
 * need one another in a circle can be restored in no order; they come newest first.
 */
export function removalOrder<P extends Pick<RetentionPoint, "id" | "needs" | "startedAt">>(
  points: readonly P[],
): P[] {
  const waiting = new Map(
    points.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1)).map((p) => [p.id, p]),
  );
  const neededBy = dependants(points);
  const isFree = ({ id }: P): boolean => !(neededBy.get(id) ?? []).some((other) => waiting.has(other));
  const order: P[] = [];
  while (waiting.size > 0) {
    const all = [...waiting.values()];
    const next = all.find(isFree) ?? all[0];
    if (next === undefined) break;
    waiting.delete(next.id);
    order.push(next);
  }
  return order;
}
