/** A retention policy as a sentence. */
import { writeCalendarDuration } from "./calendar-duration.ts";
import { COUNTED_RULES, DEFAULT_MINIMUM, isSet, WITHIN_RULES } from "./retention.ts";
import type { CountedRule, RetentionPolicy } from "./retention.ts";

/** "keep the last 3, 14 daily, all yearly, everything within 30d; at least 1 verified". */
export function describePolicy(policy: RetentionPolicy): string {
  const counted = COUNTED_RULES.map((rule) => describeCount(rule, policy[rule] ?? 0));
  const within = WITHIN_RULES.map(([rule, bucket]) => {
    const duration = policy[rule];
    if (duration === undefined || !isSet(duration)) return "";
    return `${bucket === "last" ? "everything" : bucket} within ${writeCalendarDuration(duration)}`;
  });
  const rules = [...counted, ...within].filter((text) => text !== "");
  if (rules.length === 0) return "keep everything";
  return `keep ${rules.join(", ")}; at least ${policy.minimum ?? DEFAULT_MINIMUM} verified`;
}

function describeCount(rule: CountedRule, count: number): string {
  if (count === 0) return "";
  if (rule === "last") return count === -1 ? "everything" : `the last ${count}`;
  return `${count === -1 ? "all" : count} ${rule}`;
}
