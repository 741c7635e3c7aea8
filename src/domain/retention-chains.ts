/** Which points hang on which others: an incremental is worth nothing without the points that hold its bytes. */
import type { RetentionPoint } from "./retention.ts";

export type PointsById = ReadonlyMap<string, RetentionPoint>;

/** The given ids and those of everything they need, through any number of points; also ids that are not there. */
export function chainsFrom(ids: Iterable<string>, byId: PointsById): Set<string> {
  const chains = new Set(ids);
  for (const id of chains) for (const needed of byId.get(id)?.needs ?? []) chains.add(needed);
  return chains;
}

/** Verified, and so is every point it needs: only then does it count towards the minimum. */
export function isSound(point: RetentionPoint, byId: PointsById): boolean {
  if (!point.verified) return false;
  return [...chainsFrom([point.id], byId)].every((id) => byId.get(id)?.verified === true);
}

/** For each point that others need directly, the ids of those that do, in the order of `points`. */
export function dependants(points: readonly Pick<RetentionPoint, "id" | "needs">[]): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const { id, needs } of points)
    for (const needed of new Set(needs))
      if (needed !== id) result.set(needed, [...(result.get(needed) ?? []), id]);
  return result;
}
