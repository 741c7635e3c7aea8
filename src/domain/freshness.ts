/**
 * Freshness: the age of the newest recovery point of a job in a store against the job's limit. Age counts from the
 * point's start, because that is what its data is as of.
 */
import type { Instant, Milliseconds } from "./instant.ts";
import { rememberedBySchedule } from "./remembered-by-schedule.ts";
import { graceOf, longestInterval } from "./schedule-interval.ts";
import type { Schedule } from "./schedule.ts";

/** From good to bad. `unknown`: the store does not answer, and what it holds has not been seen; it may be anything. */
export const FRESHNESS = ["fresh", "late", "unknown", "stale", "never"] as const;
export type Freshness = (typeof FRESHNESS)[number];

export interface FreshnessFacts {
  /** Start of the newest point; undefined when there is none. */
  newestStartedAt: Instant | undefined;
  /** When the job was first configured. */
  firstSeenAt: Instant;
  schedule: Schedule | undefined;
  /** The configured limit; undefined derives one from the schedule. */
  maxAge: Milliseconds | undefined;
  now: Instant;
}

export interface FreshnessAssessment {
  freshness: Exclude<Freshness, "unknown">;
  /** Age above which a point is stale; undefined when neither a limit nor a schedule is configured. */
  limit: Milliseconds | undefined;
  /** Age of the newest point, never negative; undefined when there is none. */
  age: Milliseconds | undefined;
  /**
   * Since when a newer point has been missing. Of `late`: the due instant that brought none. Of `stale` and `never`: when
   * the limit ran out; a `never` without it still has time and is no problem yet.
   */
  overdueSince?: Instant;
  /** The newest point claims to be from the future, so a clock is or was wrong and the age means nothing. */
  fromFuture: boolean;
}

/** For a given newest point it only ever gets worse as `now` moves on. */
export function assessFreshness(facts: FreshnessFacts): FreshnessAssessment {
  const { newestStartedAt, firstSeenAt, schedule, now } = facts;
  const from = newestStartedAt ?? firstSeenAt;
  const limit = ageLimit({ schedule, maxAge: facts.maxAge, around: from });
  const fromFuture = newestStartedAt !== undefined && newestStartedAt > now;
  const age = newestStartedAt === undefined ? undefined : Math.max(0, now - newestStartedAt);
  const known = { limit, age, fromFuture };

  const tooOld = limit !== undefined && now - from > limit ? { overdueSince: from + limit } : undefined;
  if (newestStartedAt === undefined) return { freshness: "never", ...known, ...tooOld };
  if (tooOld !== undefined) return { freshness: "stale", ...known, ...tooOld };

  const missed = missedDue(schedule, newestStartedAt, now);
  if (missed !== undefined) return { freshness: "late", ...known, overdueSince: missed };
  return { freshness: "fresh", ...known };
}

/**
 * The configured limit, else the schedule's longest interval plus its grace. It is taken around the point it is applied
 * to, not around the present, so that one point's limit does not move as time passes.
 */
export function ageLimit(facts: {
  schedule: Schedule | undefined;
  maxAge: Milliseconds | undefined;
  around: Instant;
}): Milliseconds | undefined {
  if (facts.maxAge !== undefined || facts.schedule === undefined) return facts.maxAge;
  const interval = longestInterval(facts.schedule, facts.around);
  return interval === undefined ? undefined : interval + graceOf(interval);
}

const nextDue = rememberedBySchedule((schedule, after) => schedule.next(after));

/** The first due instant after the point, if its grace is over and the point is still the newest. */
function missedDue(
  schedule: Schedule | undefined,
  newestStartedAt: Instant,
  now: Instant,
): Instant | undefined {
  const due = schedule && nextDue(schedule, newestStartedAt);
  if (schedule === undefined || due === undefined || due >= now) return undefined;
  const grace = graceOf(longestInterval(schedule, newestStartedAt) ?? 0);
  return now > due + grace ? due : undefined;
}
