/**
 * What to tell of the problems there are now, given the alerts that were firing before: each is told once when it begins,
 * again at every multiple of `repeatEvery` while it lasts, at once when it becomes critical, and once when it is over. What is
 * silenced does not begin and is not repeated; the end of what was told is told all the same.
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
  /** Whether somebody works on it and wants to hear nothing of it. */
  isSilenced?: (problem: Problem) => boolean;
  /** Makes an id that no other alert has. */
  newId: () => string;
}

export interface AlertPlan {
  active: ActiveAlert[];
  /** Oldest alert first; what is over comes last. */
  messages: AlertMessage[];
}

export function planAlerts(facts: AlertFacts): AlertPlan {
  const { active, problems, now, repeatEvery, stack, newId, isSilenced = () => false } = facts;
  const present = new Map(problems.toReversed().map((problem) => [alertKey(problem), problem]));
  const before = new Map(active.map((alert) => [alert.key, alert]));
  const plan: AlertPlan = { active: [], messages: [] };
  const tell = (event: AlertEvent, { id, problem, since }: ActiveAlert) =>
    plan.messages.push({ id, event, stack, problem, since, at: now });

  for (const alert of before.values()) {
    const problem = present.get(alert.key);
    if (problem === undefined) continue;
    const lasting = { ...notAheadOf(now, alert), problem: notMilder(problem, alert.problem) };
    const worsened = lasting.problem.severity !== alert.problem.severity;
    const repeat = !isSilenced(problem) && (worsened || isRepeatDue(lasting, now, repeatEvery));
    plan.active.push(repeat ? { ...lasting, lastNotifiedAt: now } : lasting);
    if (repeat) tell("repeated", lasting);
  }
  for (const [key, problem] of [...present].toReversed()) {
    if (before.has(key) || isSilenced(problem)) continue;
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

/** Whoever was told that it is critical is told of its end as well, so it stays so until then. */
function notMilder(problem: Problem, before: Problem): Problem {
  return before.severity === "critical" ? { ...problem, severity: "critical" } : problem;
}

/** After the wall clock was set back, an alert begun "in the future" must not stay silent until that future. */
function notAheadOf(now: Instant, alert: ActiveAlert): ActiveAlert {
  const lastNotifiedAt = Math.min(alert.lastNotifiedAt, now);
  return { ...alert, since: Math.min(alert.since, now), lastNotifiedAt };
}
