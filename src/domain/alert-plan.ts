/**
 * What to tell of the problems there are now, given the alerts that were firing before: each is told once when it begins,
 * again at every multiple of `repeatEvery` while it lasts, and once when it is over.
 */
import { alertKey, type ActiveAlert, type AlertEvent, type AlertMessage, type Problem } from "./alerts.ts";
import type { Instant, Milliseconds } from "./instant.ts";

export interface AlertFacts {
  active: readonly ActiveAlert[];
  problems: readonly Problem[];
  now: Instant;
  /** Undefined: told once, not repeated. */
  repeatEvery: Milliseconds | undefined;
  stack: string;
  /** Makes an id that no other alert has. */
  newId: () => string;
}

export interface AlertPlan {
  active: ActiveAlert[];
  /** Oldest alert first; what is over comes last. */
  messages: AlertMessage[];
}

export function planAlerts({ active, problems, now, repeatEvery, stack, newId }: AlertFacts): AlertPlan {
  const present = new Map(problems.toReversed().map((problem) => [alertKey(problem), problem]));
  const before = new Map(active.map((alert) => [alert.key, alert]));
  const plan: AlertPlan = { active: [], messages: [] };
  const tell = (event: AlertEvent, { id, problem, since }: ActiveAlert) =>
    plan.messages.push({ id, event, stack, problem, since, at: now });

  for (const alert of before.values()) {
    const problem = present.get(alert.key);
    if (problem === undefined) continue;
    const lasting = { ...notAheadOf(now, alert), problem };
    const repeat = isRepeatDue(lasting, now, repeatEvery);
    plan.active.push(repeat ? { ...lasting, lastNotifiedAt: now } : lasting);
    if (repeat) tell("repeated", lasting);
  }
  for (const [key, problem] of [...present].toReversed()) {
    if (before.has(key)) continue;
    const begun = { id: newId(), key, problem, since: now, lastNotifiedAt: now };
    plan.active.push(begun);
    tell("firing", begun);
  }
  for (const alert of before.values()) {
    if (!present.has(alert.key)) tell("resolved", notAheadOf(now, alert));
  }
  return plan;
}

/**
 * Multiples count from the beginning of the alert, so that a late look does not move the following ones; and however
 * many were missed while nobody looked, one is told.
 */
function isRepeatDue(alert: ActiveAlert, now: Instant, repeatEvery: Milliseconds | undefined): boolean {
  if (repeatEvery === undefined || repeatEvery <= 0) return false;
  const multiple = (instant: Instant) => Math.floor((instant - alert.since) / repeatEvery);
  return multiple(now) > multiple(alert.lastNotifiedAt);
}

/** After the wall clock was set back, an alert begun "in the future" must not stay silent until that future. */
function notAheadOf(now: Instant, alert: ActiveAlert): ActiveAlert {
  const lastNotifiedAt = Math.min(alert.lastNotifiedAt, now);
  return { ...alert, since: Math.min(alert.since, now), lastNotifiedAt };
}
