/** The rules of a policy, each judging all points by itself: restic's `forget`, in the job's zone. */
import { writeCalendarDuration } from "./calendar-duration.ts";
import type { Instant } from "./instant.ts";
import { COUNTED_RULES, isSet, WITHIN_RULES } from "./retention.ts";
import type { CalendarDuration, CountedRule, RetentionPolicy } from "./retention.ts";
import type { ZonedCalendar } from "./zoned-calendar.ts";

interface DatedPoint {
  id: string;
  startedAt: Instant;
}

/** What one rule says of one point, and why. */
export interface Verdict {
  keeps: boolean;
  reason: string;
}

/** Judges points given newest first, each id once: the verdict on each, by its id. */
export type Rule = (points: readonly DatedPoint[]) => Map<string, Verdict>;

type KeyOf = (point: DatedPoint) => string;

/** No rules: the policy is empty and keeps everything. */
export function rulesOf(policy: RetentionPolicy, calendar: ZonedCalendar): Rule[] {
  const keys = bucketKeys(calendar);
  const counted = COUNTED_RULES.flatMap((name) => {
    const count = policy[name];
    return count === undefined || !isSet(count) ? [] : [countedRule(name, count, keys[name])];
  });
  const within = WITHIN_RULES.flatMap(([rule, bucket]) => {
    const duration = policy[rule];
    return duration === undefined || !isSet(duration)
      ? []
      : [withinRule(bucket, duration, keys[bucket], calendar)];
  });
  return [...counted, ...within];
}

/** Each rule asks only its own key, and remembers it by itself: keys of two rules are never compared. */
function bucketKeys(calendar: ZonedCalendar): Record<CountedRule, KeyOf> {
  return {
    last: ({ id }) => id,
    hourly: ({ startedAt }) => calendar.hourOf(startedAt),
    daily: ({ startedAt }) => calendar.dayOf(startedAt),
    weekly: ({ startedAt }) => calendar.weekOf(startedAt),
    monthly: ({ startedAt }) => calendar.monthOf(startedAt),
    yearly: ({ startedAt }) => calendar.yearOf(startedAt),
  };
}

/**
 * Keeps the newest point of each new bucket while the count lasts, and the oldest point of all if it is not used up
 * by then: so that a young history reaches back as far as it can.
 */
function countedRule(name: CountedRule, count: number, keyOf: KeyOf): Rule {
  return (points) => {
    const holders = new Map<string, string>();
    let kept = 0;
    return judgeEach(points, (point, index) => {
      const key = keyOf(point);
      const holder = holders.get(key);
      const isOldest = index === points.length - 1;
      const isUsedUp = count !== -1 && kept >= count;
      if (isUsedUp || (holder !== undefined && !isOldest)) return passedOver(name, count, key, holder);
      if (holder === undefined) holders.set(key, point.id);
      kept++;
      const text = keptAs(name, count, key, kept);
      return { keeps: true, reason: holder === undefined ? text : `oldest (${text})` };
    });
  };
}

/** "last 3 (1 of 3)", "daily 2026-11-20 (1 of 14)", "yearly 2026". */
function keptAs(name: CountedRule, count: number, key: string, kept: number): string {
  if (name === "last") return count === -1 ? "last" : `last ${count} (${kept} of ${count})`;
  return count === -1 ? `${name} ${key}` : `${name} ${key} (${kept} of ${count})`;
}

function passedOver(name: CountedRule, count: number, key: string, holder: string | undefined): Verdict {
  if (holder !== undefined) return { keeps: false, reason: `${name} ${key} is kept by ${holder}` };
  return { keeps: false, reason: `${name} ${count} is used up` };
}

/** Keeps the newest point of each bucket that is younger than the duration, counted back from the newest point. */
function withinRule(
  bucket: CountedRule,
  duration: CalendarDuration,
  keyOf: KeyOf,
  calendar: ZonedCalendar,
): Rule {
  const span = `within ${writeCalendarDuration(duration)}`;
  return (points) => {
    const holders = new Map<string, string>();
    const newest = points[0];
    const cutoff = newest === undefined ? -Infinity : calendar.minus(newest.startedAt, duration);
    return judgeEach(points, (point) => {
      if (point.startedAt <= cutoff) return { keeps: false, reason: `not ${span} of the newest` };
      const key = keyOf(point);
      const reason = bucket === "last" ? span : `${bucket} ${key} ${span}`;
      const holder = holders.get(key);
      if (holder !== undefined) return { keeps: false, reason: `${reason} is kept by ${holder}` };
      holders.set(key, point.id);
      return { keeps: true, reason };
    });
  };
}

function judgeEach(
  points: readonly DatedPoint[],
  verdictOn: (point: DatedPoint, index: number) => Verdict,
): Map<string, Verdict> {
  return new Map(points.map((point, index) => [point.id, verdictOn(point, index)]));
}
