/**
 * A message as an alert of Alertmanager's API v2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). Its labels are what it is
 * known by, so they stay the same from its beginning to its end.
 */
import { conditionOf, type AlertMessage } from "../../domain/alerts.ts";
import { MINUTE, toIso, type Milliseconds } from "../../domain/instant.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { partsOf } from "../message-parts.ts";

/**
 * It is sent again each minute; one that is not is over, as when Holdfast is gone for longer than an upgrade takes, and as a note that
 * has been told.
 */
const LASTS: Milliseconds = 15 * MINUTE;
/** Ours. */
const TEXT_LIMIT = 8000;
const NAME_LIMIT = 255;

export interface AlertmanagerAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
}

export function alertmanagerAlert(
  message: AlertMessage,
  { labels, now }: { labels: Readonly<Record<string, string>>; now: number },
): AlertmanagerAlert {
  const { problem, stack, since, event, at, id } = message;
  const { body, next } = partsOf(message);
  const isTest = event === "test";
  const isNote = event === "note";
  const ends = event === "resolved" ? at : now + (isTest ? MINUTE : LASTS);
  return {
    labels: given({
      ...labels,
      alertname: isTest ? "HoldfastTest" : nameOf(conditionOf(message) ?? event),
      stack: cutEnd(stack, { limit: NAME_LIMIT }),
      job: problem.job,
      store: problem.store,
      severity: isTest || isNote ? "info" : problem.severity,
      // Another note is another alert.
      note: isNote ? cutEnd(id, { limit: NAME_LIMIT }) : undefined,
    }),
    annotations: given({
      summary: cutMiddle(problem.title.toWellFormed(), { limit: TEXT_LIMIT }),
      description: cutMiddle(body, { limit: TEXT_LIMIT }),
      next: cutMiddle(next, { limit: TEXT_LIMIT }),
    }),
    startsAt: toIso(since),
    endsAt: toIso(Math.max(ends, since)),
  };
}

/** `HoldfastRunFailed`. */
function nameOf(condition: string): string {
  return `Holdfast${condition.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase())}`;
}

/** Alertmanager refuses a label without a value. */
function given(values: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as Record<string, string>;
}
