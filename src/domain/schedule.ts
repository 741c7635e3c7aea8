/** When a job is due, and what follows from it: starts with jitter, and missed runs. */
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
