/** What a webhook receives, described in docs/alerts.md. Fields are only ever added under one version. */
import { createHmac } from "node:crypto";
import { conditionOf, type AlertEvent, type AlertMessage } from "../../domain/alerts.ts";
import { toIso } from "../../domain/instant.ts";

export interface WebhookBody {
  version: 1;
  event: AlertEvent;
  /** Stable for one alert from firing to resolved. */
  id: string;
  stack: string;
  /** Null in a digest and a note. */
  condition: string | null;
  job: string | null;
  store: string | null;
  severity: "warning" | "critical";
  title: string;
  detail: string;
  next: string;
  /** ISO 8601 in UTC. */
  since: string;
  at: string;
}

export function webhookBody(message: AlertMessage): WebhookBody {
  const { id, event, stack, problem, since, at } = message;
  return {
    version: 1,
    event,
    id,
    stack: stack.toWellFormed(),
    condition: conditionOf(message) ?? null,
    job: problem.job ?? null,
    store: problem.store ?? null,
    severity: problem.severity,
    title: problem.title.toWellFormed(),
    detail: problem.detail.toWellFormed(),
    next: problem.next.toWellFormed(),
    since: toIso(since),
    at: toIso(at),
  };
}

/**
 * Proves who sent the body and when: HMAC-SHA256 with the shared secret over `<timestamp>.<body>`. The timestamp, in whole
 * seconds, is of the sending, so that a receiver can refuse what was recorded and is played back.
 */
export function signatureHeaders(secret: string, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const digest = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { "x-holdfast-timestamp": timestamp, "x-holdfast-signature": `sha256=${digest}` };
}
