/** How soon after it was made a policy may let a recovery point go. */
import { DAY, HOUR, type Milliseconds } from "./instant.ts";
import { COUNTED_RULES, isSet, WITHIN_RULES } from "./retention.ts";
import type { CalendarDuration, CountedRule, RetentionPolicy } from "./retention.ts";

/** The longest that each bucket may be: points further apart are each in one of their own. */
const BUCKET: Readonly<Record<CountedRule, Milliseconds>> = {
  last: 0,
  hourly: HOUR,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
  yearly: 366 * DAY,
};

/**
 * Of points that are made so far apart: the age at which the first of them may go. Infinity: none ever goes. Only rules that keep
 * each single point count; what else keeps one (being the newest, a pin, a point that needs it) can only make it longer.
 */
export function shortestLife(policy: RetentionPolicy, interval: Milliseconds): Milliseconds {
  const keepsEach = (bucket: CountedRule) => interval >= BUCKET[bucket];
  const counted = COUNTED_RULES.flatMap((rule) => {
    const count = policy[rule];
    if (count === undefined || !isSet(count)) return [];
    return [keepsEach(rule) ? (count === -1 ? Infinity : count * interval) : 0];
  });
  const within = WITHIN_RULES.flatMap(([rule, bucket]) => {
    const length = policy[rule];
    if (length === undefined || !isSet(length)) return [];
    return [keepsEach(bucket) ? atLeast(length) : 0];
  });
  const lives = [...counted, ...within];
  return lives.length === 0 ? Infinity : Math.max(...lives);
}

function atLeast({ years, months, days, milliseconds }: CalendarDuration): Milliseconds {
  return years * 365 * DAY + months * 28 * DAY + days * DAY + milliseconds;
}
