/** When a job is due, and what follows from it: starts with jitter, missed runs, the longest pause between two runs. */
import { DAY } from "./instant.ts";
import type { Instant, Milliseconds } from "./instant.ts";

/** When a job is due: a cron expression in a zone. Implementations are pure: they never ask what time it is. */
export interface Schedule {
  /** As the user wrote it. */
  readonly expression: string;
  /** IANA zone. */
  readonly timezone: string;
  /** The first due instant strictly after `after`; undefined when there is none. */
  next(after: Instant): Instant | undefined;
  /** The last due instant at or before `atOrBefore`; undefined when there is none. */
  previous(atOrBefore: Instant): Instant | undefined;
}

/**
 * The one due instant to catch up on: the latest that passed since the last attempt, however many were missed.
 * Without a last attempt nothing is known to be missed; for a job that never ran, pass when it was first seen.
 */
export function missedSince(
  schedule: Schedule,
  lastAttempt: Instant | undefined,
  now: Instant,
): Instant | undefined {
  if (lastAttempt === undefined) return undefined;
  const latest = schedule.previous(now);
  return latest !== undefined && latest > lastAttempt ? latest : undefined;
}

export interface PlannedStart {
  /** The instant the schedule names. */
  due: Instant;
  /** When to start: `due` plus the jitter's share, always before the following due instant. */
  startAt: Instant;
}

/** The first start strictly due after `after`; `share` is in [0, 1) and says how much of the jitter to wait. */
export function nextStart(
  schedule: Schedule,
  after: Instant,
  jitter: { upTo: Milliseconds; share: number },
): PlannedStart | undefined {
  const due = schedule.next(after);
  if (due === undefined) return undefined;
  const following = schedule.next(due) ?? Infinity;
  return { due, startAt: due + Math.floor(Math.min(jitter.upTo, following - due) * jitter.share) };
}

/** Far enough to see a weekend from any weekday. */
const HORIZON = 8 * DAY;
/** So that a monthly schedule is judged by its longer months too. */
const MINIMUM_INTERVALS = 4;
/** Bounds the work for a schedule of minutes; the pause that one is in, or has just left, is seen in any case. */
const MAXIMUM_PROBES = 300;

/**
 * The longest pause between two due instants around `at`: the one before, the current one, and those of the days to
 * come. A schedule of weekdays therefore answers with its weekend. Undefined when there are not two due instants.
 */
export function intervalAround(schedule: Schedule, at: Instant): Milliseconds | undefined {
  const current = schedule.previous(at);
  const before = current === undefined ? undefined : schedule.previous(current - 1);
  let longest = current === undefined || before === undefined ? 0 : current - before;
  let from = current ?? schedule.next(at);
  for (let probe = 0; probe < MAXIMUM_PROBES && from !== undefined; probe++) {
    if (from > at + HORIZON && probe >= MINIMUM_INTERVALS) break;
    const pause = pauseAfter(schedule, from, probe < MINIMUM_INTERVALS ? 0 : longest);
    if (pause === undefined) break;
    longest = Math.max(longest, pause.end - pause.start);
    from = pause.end;
  }
  return longest === 0 ? undefined : longest;
}

/** The first pause that ends more than `skip` after `from`: the pauses passed over are no longer than `skip`. */
function pauseAfter(
  schedule: Schedule,
  from: Instant,
  skip: Milliseconds,
): { start: Instant; end: Instant } | undefined {
  const start = schedule.previous(from + skip);
  const end = schedule.next(from + skip);
  return start === undefined || end === undefined ? undefined : { start, end };
}
