/** What a user asks to be kept, and what is decided by it: the words of retention. plan-retention.ts decides. */
import type { Instant, Milliseconds } from "./instant.ts";

/** Restic's rules: each counts by itself and they are ORed. -1 means for ever. All absent keeps everything. */
export interface RetentionPolicy {
  last?: number;
  hourly?: number;
  daily?: number;
  weekly?: number;
  monthly?: number;
  yearly?: number;
  within?: CalendarDuration;
  withinHourly?: CalendarDuration;
  withinDaily?: CalendarDuration;
  withinWeekly?: CalendarDuration;
  withinMonthly?: CalendarDuration;
  withinYearly?: CalendarDuration;
  /** No rule may leave fewer verified points than this; default 1. */
  minimum?: number;
}

/** `1y2m3d4h`: months and years are calendar ones in the job's zone, clamped to the month's end. */
export interface CalendarDuration {
  years: number;
  months: number;
  days: number;
  /** The rest: hours and minutes. */
  milliseconds: Milliseconds;
}

export const DEFAULT_MINIMUM = 1;

/** Rules that keep the newest of each bucket, so many times; the buckets of `last` are the points themselves. */
export const COUNTED_RULES = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type CountedRule = (typeof COUNTED_RULES)[number];

/** Rules of time, each with the bucket it keeps the newest of; `within` keeps every point. */
export const WITHIN_RULES = [
  ["within", "last"],
  ["withinHourly", "hourly"],
  ["withinDaily", "daily"],
  ["withinWeekly", "weekly"],
  ["withinMonthly", "monthly"],
  ["withinYearly", "yearly"],
] as const satisfies readonly (readonly [keyof RetentionPolicy, CountedRule])[];

/** As restic reads it, a rule of 0 is a rule that is not set. */
export function isSet(rule: number | CalendarDuration | undefined): boolean {
  if (rule === undefined) return false;
  if (typeof rule === "number") return rule !== 0;
  return rule.years !== 0 || rule.months !== 0 || rule.days !== 0 || rule.milliseconds !== 0;
}

export interface RetentionPoint {
  id: string;
  startedAt: Instant;
  /** Nothing has shown it to be damaged. */
  verified: boolean;
  pinned: boolean;
  /** Ids of the points that hold bytes of this one. */
  needs: readonly string[];
  /** A restore or a drill is reading it. */
  inUse: boolean;
  /** Id of a later point that cannot be read, so that nobody knows what it needs. */
  mayBeNeededBy?: string | undefined;
}

/** The points of one job in one store, and what to judge them by. */
export interface RetentionRequest {
  points: readonly RetentionPoint[];
  policy: RetentionPolicy;
  /** IANA zone that the hours, days, weeks, months and years are those of. */
  timezone: string;
  now: Instant;
}

export interface RetentionDecision {
  id: string;
  startedAt: Instant;
  action: "keep" | "remove";
  /** Everything that keeps it; or, when it goes, what each rule says against it. Never empty. */
  reasons: string[];
}

export interface RetentionPlan {
  /** Newest first; one for each id. */
  decisions: RetentionDecision[];
  /** Why nothing may be removed by this plan; its decisions then keep everything. */
  refusal: string | undefined;
}
