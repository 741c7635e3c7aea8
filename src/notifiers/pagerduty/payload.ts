/**
 * A message as an event of PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/): a summary of up to
 * 1024 characters, a dedup_key of up to 255, 512 KB of all. One alert is one incident: beginning and repetitions trigger it,
 * its end resolves it.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { toIso } from "../../domain/instant.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { partsOf } from "../message-parts.ts";

const SUMMARY_LIMIT = 1024;
const DEDUP_KEY_LIMIT = 255;
/** Ours: far below what PagerDuty takes. */
const DETAIL_LIMIT = 20_000;
const NAME_LIMIT = 255;

export interface PagerdutyEvent {
  routing_key: string;
  event_action: "trigger" | "resolve";
  dedup_key: string;
  client: "Holdfast";
  payload: {
    summary: string;
    source: string;
    severity: "critical" | "warning" | "info";
    timestamp: string;
    component?: string;
    group: string;
    class: string;
    custom_details: Record<string, string>;
  };
}

/** What is over already is no incident: a change, of which nobody is called (https://developer.pagerduty.com/docs/events-api-v2/send-change-events/). */
export interface PagerdutyChange {
  routing_key: string;
  payload: {
    summary: string;
    source: string;
    timestamp: string;
    custom_details: Record<string, string>;
  };
}

export function pagerdutyChange(message: AlertMessage, routingKey: string): PagerdutyChange {
  const { summary, source, timestamp, custom_details } = pagerdutyEvent(
    message,
    routingKey,
    "trigger",
  ).payload;
  return { routing_key: routingKey, payload: { summary, source, timestamp, custom_details } };
}

export function pagerdutyEvent(
  message: AlertMessage,
  routingKey: string,
  action: PagerdutyEvent["event_action"],
): PagerdutyEvent {
  const { problem, stack, id, since, event } = message;
  const { headline, body, next } = partsOf(message);
  const source = cutEnd(stack, { limit: NAME_LIMIT }) || "holdfast";
  const component = problem.job ?? problem.store;
  return {
    routing_key: routingKey,
    event_action: action,
    dedup_key: cutEnd(id, { limit: DEDUP_KEY_LIMIT }),
    client: "Holdfast",
    payload: {
      summary: cutEnd(`${headline} (stack ${stack})`, { limit: SUMMARY_LIMIT }),
      source,
      severity: event === "test" ? "info" : problem.severity,
      timestamp: toIso(since),
      ...(component === undefined ? {} : { component }),
      group: source,
      class: problem.condition,
      custom_details: {
        detail: cutMiddle(body, { limit: DETAIL_LIMIT }),
        next: cutMiddle(next, { limit: DETAIL_LIMIT }),
        ...(problem.job === undefined ? {} : { job: problem.job }),
        ...(problem.store === undefined ? {} : { store: problem.store }),
      },
    },
  };
}
