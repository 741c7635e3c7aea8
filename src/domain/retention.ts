import type { Milliseconds } from "./instant.ts";

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
