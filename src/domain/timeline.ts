/** What became of a job on each of the last days, as one word a day. */
import type { Instant } from "./instant.ts";
import { DAY, HOUR } from "./instant.ts";
import type { Outcome } from "./run.ts";
import { graceOf } from "./schedule-interval.ts";
import type { Schedule } from "./schedule.ts";
import { zonedCalendar } from "./zoned-calendar.ts";

/** `idle`: nothing was due and nothing ran. `missed`: something was due, and nothing ran. From good to bad. */
export const DAY_STATES = ["idle", "succeeded", "partial", "missed", "failed"] as const;
export type DayState = (typeof DAY_STATES)[number];

/** A day of a zone's calendar: 23 to 25 hours. */
export interface Day {
  /** `2026-11-20`. */
  name: string;
  from: Instant;
  /** Where the next day begins. */
  to: Instant;
}

export interface TimelineDay extends Day {
  state: DayState;
  /** Of the runs that began on it. */
  counts: Readonly<Record<"succeeded" | "partial" | "failed", number>>;
}

/** A run, as far as a timeline knows it. */
export interface Attempt {
  startedAt: Instant;
  outcome: Outcome;
}

/** The last of them is the one that `now` is in. */
export function lastDays(timezone: string, now: Instant, count: number): Day[] {
  const calendar = zonedCalendar(timezone);
  const midnight = Date.parse(calendar.dayOf(now));
  const begins = (wall: number): Instant =>
    // Where clocks leap over midnight, the day begins at one o'clock.
    calendar.instantsShowing(wall)[0] ?? calendar.instantsShowing(wall + HOUR)[0] ?? wall;
  return Array.from({ length: count }, (_, at) => {
    const wall = midnight - (count - 1 - at) * DAY;
    return { name: new Date(wall).toISOString().slice(0, 10), from: begins(wall), to: begins(wall + DAY) };
  });
}

export interface TimelineFacts {
  /** As lastDays gives them. */
  days: readonly Day[];
  /** Those of the days, in any order. */
  attempts: readonly Attempt[];
  /** When points of the job were started: they tell of runs that the history has lost. */
  points: readonly Instant[];
  schedule: Schedule | undefined;
  /** Nothing was due before the job was there. */
  firstSeenAt: Instant;
  now: Instant;
}

/** A run that was cancelled or skipped was none. */
export function timelineOf(facts: TimelineFacts): TimelineDay[] {
  const { days, attempts, points } = facts;
  const ranOn = groupByDay(days, attempts, ({ startedAt }) => startedAt);
  const madeOn = groupByDay(days, points, (startedAt) => startedAt);
  return days.map((day, at) => {
    const counts = countsOf(ranOn.get(at) ?? []);
    return { ...day, counts, state: stateOf(day, counts, (madeOn.get(at)?.length ?? 0) > 0, facts) };
  });
}

function groupByDay<T>(
  days: readonly Day[],
  all: readonly T[],
  startOf: (one: T) => Instant,
): Map<number, T[]> {
  return Map.groupBy(all, (one) => days.findLastIndex(({ from }) => from <= startOf(one)));
}

function countsOf(attempts: readonly Attempt[]): TimelineDay["counts"] {
  const count = (wanted: Outcome) => attempts.filter(({ outcome }) => outcome === wanted).length;
  return { succeeded: count("succeeded"), partial: count("partial"), failed: count("failed") };
}

function stateOf(
  day: Day,
  { succeeded, partial, failed }: TimelineDay["counts"],
  hasPoint: boolean,
  facts: TimelineFacts,
): DayState {
  const brought = succeeded + partial > 0 || hasPoint;
  if (failed > 0) return brought ? "partial" : "failed";
  if (partial > 0) return "partial";
  if (brought) return "succeeded";
  return isMissed(day, facts) ? "missed" : "idle";
}

/** Something was due on the day, and the time is over in which it could still have begun. */
function isMissed({ from, to }: Day, { schedule, firstSeenAt, now }: TimelineFacts): boolean {
  const due = schedule?.next(Math.max(from, firstSeenAt) - 1);
  return due !== undefined && due < to && due + graceOf(to - from) < now;
}
