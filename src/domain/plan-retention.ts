/**
 * Which recovery points of one job in one store a policy keeps, and why. Pure: it deletes nothing, and the order of
 * the points does not matter.
 */
import { chainsFrom, dependants, isSound } from "./retention-chains.ts";
import type { PointsById } from "./retention-chains.ts";
import { rulesOf } from "./retention-rules.ts";
import type { Rule, Verdict } from "./retention-rules.ts";
import { whyUnsafe, whyUnusable } from "./retention-safety.ts";
import { DEFAULT_MINIMUM } from "./retention.ts";
import type { RetentionDecision, RetentionPlan, RetentionPoint, RetentionRequest } from "./retention.ts";
import { zonedCalendar } from "./zoned-calendar.ts";

/**
 * Promises of every plan: the newest point stays, and so do the newest `minimum` verified ones, every pinned point,
 * every one in use or dated after `now`, and every one that a kept point needs. Planning again once the plan is
 * carried out removes nothing more.
 */
export function planRetention(request: RetentionRequest): RetentionPlan {
  const unusable = whyUnusable(request);
  if (unusable !== undefined) return refused(request.points, unusable);
  const points = newestFirst(withoutDuplicates(request.points));
  const decisions = decide(points, request);
  const unsafe = whyUnsafe(points, decisions, request);
  return unsafe === undefined ? { decisions, refusal: undefined } : refused(points, unsafe);
}

function refused(points: readonly RetentionPoint[], refusal: string): RetentionPlan {
  const decisions = newestFirst(withoutDuplicates(points)).map(({ id, startedAt }): RetentionDecision => {
    return { id, startedAt, action: "keep", reasons: [`nothing is removed: ${refusal}`] };
  });
  return { decisions, refusal };
}

function decide(points: readonly RetentionPoint[], request: RetentionRequest): RetentionDecision[] {
  const byId = new Map(points.map((point) => [point.id, point]));
  const past = points.filter(({ startedAt }) => startedAt <= request.now);
  const sound = past.filter((point) => isSound(point, byId));
  const verdicts = judge(past, sound, request);
  const keeping: Reasons = new Map(
    points.map((point) => [point.id, heldBecause(point, past[0], request.now)]),
  );
  for (const { id } of past) keeping.get(id)?.push(...saying(verdicts.get(id), true));
  keepMinimum(sound, request.policy.minimum ?? DEFAULT_MINIMUM, keeping);
  keepChains(points, byId, keeping);
  return points.map(({ id, startedAt }): RetentionDecision => {
    const reasons = keeping.get(id) ?? [];
    if (reasons.length > 0) return { id, startedAt, action: "keep", reasons };
    return { id, startedAt, action: "remove", reasons: saying(verdicts.get(id), false) };
  });
}

/** What keeps each point; nothing yet where the list is empty. */
type Reasons = Map<string, string[]>;

/** What every rule says of every point that is not from the future. */
function judge(
  past: readonly RetentionPoint[],
  sound: readonly RetentionPoint[],
  { policy, timezone }: RetentionRequest,
): Map<string, Verdict[]> {
  const rules = rulesOf(policy, zonedCalendar(timezone)).map((rule) => judgeBy(rule, past, sound));
  const ofEmpty: Verdict[] = rules.length === 0 ? [{ keeps: true, reason: "the policy is empty" }] : [];
  return new Map(past.map(({ id }) => [id, [...ofEmpty, ...rules.flatMap((byId) => byId.get(id) ?? [])]]));
}

/**
 * A rule is asked about all points and again about the sound ones alone: a damaged point never takes a good one's
 * place, and does not go just because a check of it failed.
 */
function judgeBy(
  rule: Rule,
  past: readonly RetentionPoint[],
  sound: readonly RetentionPoint[],
): Map<string, Verdict> {
  const verdicts = rule(past);
  if (sound.length === past.length) return verdicts;
  for (const [id, { keeps, reason }] of rule(sound)) {
    const isKept = verdicts.get(id)?.keeps === true;
    if (keeps && !isKept) verdicts.set(id, { keeps, reason: `${reason} among the verified` });
  }
  return verdicts;
}

function saying(verdicts: readonly Verdict[] | undefined, keeps: boolean): string[] {
  return (verdicts ?? []).filter((verdict) => verdict.keeps === keeps).map(({ reason }) => reason);
}

/** What holds a point whatever the rules say. */
function heldBecause(point: RetentionPoint, newest: RetentionPoint | undefined, now: number): string[] {
  const reasons: [boolean, string][] = [
    [point.startedAt > now, "from the future"],
    [point === newest, "newest"],
    [point.pinned, "pinned"],
    [point.inUse, "in use by a restore"],
    [point.mayBeNeededBy !== undefined, `perhaps needed by ${point.mayBeNeededBy}, which cannot be read`],
  ];
  return reasons.filter(([holds]) => holds).map(([, reason]) => reason);
}

/**
 * The newest verified points stay, whatever older ones the rules keep: so another rule can never cost one of them.
 * While there are fewer than the minimum, nothing goes: the unverified are then the next best there is.
 */
function keepMinimum(sound: readonly RetentionPoint[], minimum: number, keeping: Reasons): void {
  sound.slice(0, minimum).forEach(({ id }, index) => {
    keeping.get(id)?.push(`minimum verified (${index + 1} of ${minimum})`);
  });
  if (sound.length >= minimum) return;
  for (const reasons of keeping.values())
    if (reasons.length === 0)
      reasons.push(`only ${sound.length} of at least ${minimum} verified points exist`);
}

function keepChains(points: readonly RetentionPoint[], byId: PointsById, keeping: Reasons): void {
  const ids = points.map(({ id }) => id).filter((id) => keeping.get(id)?.length !== 0);
  const kept = chainsFrom(ids, byId);
  for (const [needed, [first, ...others]] of dependants(points.filter(({ id }) => kept.has(id)))) {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    keeping.get(needed)?.push(`needed by ${first}${more}`);
  }
}

/** Points that started together are ordered by id, so that the order of the input cannot matter. */
function newestFirst(points: readonly RetentionPoint[]): RetentionPoint[] {
  return points.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
}

/** A point listed twice is one point; where the two disagree, what keeps more holds. */
function withoutDuplicates(points: readonly RetentionPoint[]): RetentionPoint[] {
  const byId = new Map<string, RetentionPoint>();
  for (const point of points) {
    const twin = byId.get(point.id);
    byId.set(point.id, twin === undefined ? point : merged(twin, point));
  }
  return [...byId.values()];
}

function merged(a: RetentionPoint, b: RetentionPoint): RetentionPoint {
  return {
    id: a.id,
    startedAt: a.startedAt,
    verified: a.verified && b.verified,
    pinned: a.pinned || b.pinned,
    inUse: a.inUse || b.inUse,
    needs: [...new Set([...a.needs, ...b.needs])],
    mayBeNeededBy: a.mayBeNeededBy ?? b.mayBeNeededBy,
  };
}
