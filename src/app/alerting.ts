/** From what is wrong now to what is to be told: one look, one transaction. */
import { planAlerts, type AlertPlan } from "../domain/alert-plan.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { AlertState } from "../ports/state.ts";
import { problemsOf } from "./alert-conditions.ts";
import type { StackStatus } from "./read-status.ts";

export interface AlertLook {
  state: AlertState;
  status: StackStatus;
  /** Names of the channels that every message goes to. */
  channels: readonly string[];
  /** Undefined: told once, not repeated. */
  repeatEvery: Milliseconds | undefined;
  /** Makes an id that no other alert has. */
  newId: () => string;
}

/**
 * Brings the alert state in line with the status and queues what is to be told. Either both are on disk when it returns
 * or, when it throws, neither: the next look then finds and tells the same.
 */
export function evaluateAlerts({ state, status, channels, repeatEvery, newId }: AlertLook): AlertPlan {
  const before = state.active();
  // What was told is known best by the state itself: the status may have been read a moment ago.
  const problems = problemsOf({ ...status, alerts: before });
  const plan = planAlerts({
    active: before,
    problems,
    now: status.at,
    repeatEvery,
    stack: status.stack,
    newId,
  });
  if (plan.messages.length === 0 && JSON.stringify(plan.active) === JSON.stringify(before)) return plan;
  state.commit({
    active: plan.active,
    deliveries: plan.messages.flatMap((message) =>
      channels.map((channel) => ({ channel, message, notBefore: status.at })),
    ),
  });
  return plan;
}
