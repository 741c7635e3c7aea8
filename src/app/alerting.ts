/** From what is wrong now to what is to be told: one look, one transaction. */
import { planAlerts, type AlertPlan } from "../domain/alert-plan.ts";
import type { AlertMessage, Problem } from "../domain/alerts.ts";
import type { Milliseconds } from "../domain/instant.ts";
import { inForce, isSilenced, type Silence } from "../domain/silence.ts";
import type { AlertState } from "../ports/state.ts";
import { problemsOf } from "./alert-conditions.ts";
import type { StackStatus } from "./read-status.ts";

export interface AlertLook {
  state: AlertState;
  status: StackStatus;
  channels: readonly AlertChannel[];
  /** Beside those of the status. */
  problems?: readonly Problem[];
  silences?: readonly Silence[];
  /** Undefined: told once, not repeated. */
  repeatEvery: Milliseconds | undefined;
  /** Makes an id that no other alert has. */
  newId: () => string;
}

export interface AlertChannel {
  name: string;
  takes: (message: AlertMessage) => boolean;
}

/**
 * Brings the alert state in line with the status and queues what is to be told. Either both are on disk when it returns
 * or, when it throws, neither: the next look then finds and tells the same.
 */
export function evaluateAlerts(look: AlertLook): AlertPlan {
  const { state, status, channels, repeatEvery, newId, silences = [] } = look;
  const before = state.active();
  // What was told is known best by the state itself: the status may have been read a moment ago.
  const problems = [...problemsOf({ ...status, alerts: before }), ...(look.problems ?? [])];
  const silent = inForce(silences, status.at);
  const plan = planAlerts({
    active: before,
    problems,
    now: status.at,
    repeatEvery,
    stack: status.stack,
    isSilenced: (problem) => isSilenced(problem, silent),
    newId,
  });
  if (plan.messages.length === 0 && JSON.stringify(plan.active) === JSON.stringify(before)) return plan;
  state.commit({
    active: plan.active,
    deliveries: plan.messages.flatMap((message) =>
      channels
        .filter(({ takes }) => takes(message))
        .map(({ name }) => ({ channel: name, message, notBefore: status.at })),
    ),
  });
  return plan;
}
