/** Which conditions alert, and what a message about one says. */
import type { Instant } from "./instant.ts";

export const CONDITIONS = [
  "stale",
  "never-succeeded",
  "run-failed",
  "run-partial",
  "size-below-minimum",
  "size-anomaly",
  "silent-change",
  "verify-failed",
  "drill-failed",
  "drill-overdue",
  "gameday-due",
  "point-unusable",
  "services-held",
  "store-unreachable",
  "disk-low",
  "state-unwritable",
  "config-refused",
  "channel-broken",
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** One thing that is wrong now. `job` or `store` is absent where the condition is not about one. */
export interface Problem {
  condition: Condition;
  job?: string;
  store?: string;
  /** The alert channel that it is about. */
  channel?: string;
  severity: "warning" | "critical";
  /** One line: "Backup data is stale in local". */
  title: string;
  /** Why, how old, what is at risk. */
  detail: string;
  /** The command or step to take next. */
  next: string;
}

/**
 * `summary`: several messages in one, for people. `digest`: how everything stands, asked for by the channel. `note`: something that is
 * over when it is told, and told once.
 */
export const ALERT_EVENTS = ["firing", "repeated", "resolved", "test", "summary", "digest", "note"] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** What a channel is asked to deliver. */
export interface AlertMessage {
  /** Stable for one alert from firing to resolved. */
  id: string;
  event: AlertEvent;
  stack: string;
  problem: Problem;
  /** When the condition began. */
  since: Instant;
  /** When this message was made. */
  at: Instant;
}

/** What the message is about; undefined where that is no one condition. */
export function conditionOf({
  event,
  problem,
}: Pick<AlertMessage, "event" | "problem">): Condition | undefined {
  return event === "digest" || event === "note" ? undefined : problem.condition;
}

/** One alert that is firing. */
export interface ActiveAlert {
  id: string;
  /** `alertKey` of its problem. */
  key: string;
  /** As it was last seen. */
  problem: Problem;
  since: Instant;
  lastNotifiedAt: Instant;
}

/** Condition, job and store, or channel: what makes two problems the same one. */
export function alertKey(problem: Pick<Problem, "condition" | "job" | "store" | "channel">): string {
  const { condition, job = "", store = "", channel } = problem;
  return `${condition}|${job}|${store}${channel === undefined ? "" : `|${channel}`}`;
}
