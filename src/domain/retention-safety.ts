/**
 * The two looks that a retention plan gets besides being made: at what it is made from, and, independently of how it
 * was made, at what it would do. Either may refuse.
 */
import { dependants } from "./retention-chains.ts";
import { COUNTED_RULES, DEFAULT_MINIMUM, WITHIN_RULES } from "./retention.ts";
import type { RetentionDecision, RetentionPoint, RetentionPolicy, RetentionRequest } from "./retention.ts";
import { isKnownZone } from "./zoned-calendar.ts";

/** Up to here years have four digits. */
const LATEST_START = Date.UTC(9999, 11, 31);

/** Why no plan can be made of this; undefined when one can. */
export function whyUnusable({ points, policy, timezone, now }: RetentionRequest): string | undefined {
  if (!Number.isFinite(now)) return "the time is not known";
  if (!isKnownZone(timezone)) return `the time zone ${timezone} is not known`;
  return whyPolicyUnusable(policy) ?? whyPointsUnusable(points);
}

function whyPolicyUnusable(policy: RetentionPolicy): string | undefined {
  for (const rule of COUNTED_RULES) {
    const count = policy[rule] ?? 0;
    if (!Number.isInteger(count) || count < -1)
      return `${rule} is ${count}, not a whole number or -1 for ever`;
  }
  for (const [rule] of WITHIN_RULES) {
    const parts = Object.values(policy[rule] ?? {}) as number[];
    if (!parts.every((part) => Number.isInteger(part) && part >= 0)) return `${rule} is not a length of time`;
  }
  const minimum = policy.minimum ?? DEFAULT_MINIMUM;
  if (!Number.isInteger(minimum) || minimum < 0) return `minimum is ${minimum}, not a whole number`;
  return undefined;
}

function whyPointsUnusable(points: readonly RetentionPoint[]): string | undefined {
  const starts = new Map<string, number>();
  for (const { id, startedAt } of points) {
    if (!(startedAt >= 0 && startedAt <= LATEST_START)) return `the start of ${id} is not known`;
    if ((starts.get(id) ?? startedAt) !== startedAt) return `two different points are called ${id}`;
    starts.set(id, startedAt);
  }
  return undefined;
}

/** Why carrying the decisions out would break a promise of retention; undefined when it would not. */
export function whyUnsafe(
  points: readonly RetentionPoint[],
  decisions: readonly RetentionDecision[],
  { policy, now }: Pick<RetentionRequest, "policy" | "now">,
): string | undefined {
  const removed = new Set(decisions.filter(({ action }) => action === "remove").map(({ id }) => id));
  if (removed.size === 0) return undefined;
  const kept = points.filter(({ id }) => !removed.has(id));
  if (kept.length === 0) return `it would remove all ${points.length} points`;
  const isGone = ({ id }: RetentionPoint): boolean => removed.has(id);
  return (
    whyHeldIsGone(points, now, isGone) ??
    whyBroken(kept, removed) ??
    whyTooFew(points, kept, policy.minimum ?? DEFAULT_MINIMUM)
  );
}

function whyHeldIsGone(
  points: readonly RetentionPoint[],
  now: number,
  isGone: (point: RetentionPoint) => boolean,
): string | undefined {
  const past = points.filter(({ startedAt }) => startedAt <= now);
  const newest = Math.max(...past.map(({ startedAt }) => startedAt));
  const latest = past.filter(({ startedAt }) => startedAt === newest);
  if (latest.length > 0 && latest.every(isGone)) return `it would remove the newest point, ${latest[0]?.id}`;
  for (const point of points.filter(isGone)) {
    if (point.startedAt > now) return `it would remove ${point.id}, which is from the future`;
    if (point.pinned) return `it would remove ${point.id}, which is pinned`;
    if (point.mayBeNeededBy !== undefined)
      return `it would remove ${point.id}, which ${point.mayBeNeededBy} may need`;
    if (point.inUse) return `it would remove ${point.id}, which is in use by a restore`;
  }
  return undefined;
}

function whyBroken(kept: readonly RetentionPoint[], removed: ReadonlySet<string>): string | undefined {
  for (const [needed, by] of dependants(kept))
    if (removed.has(needed)) return `it would remove ${needed}, which ${by[0]} needs`;
  return undefined;
}

function whyTooFew(
  points: readonly RetentionPoint[],
  kept: readonly RetentionPoint[],
  minimum: number,
): string | undefined {
  const verified = kept.filter((point) => point.verified).length;
  if (verified >= minimum) return undefined;
  const before = points.filter((point) => point.verified).length;
  return `it would leave ${verified} of ${before} verified points, fewer than the minimum of ${minimum}`;
}
