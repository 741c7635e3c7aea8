/** Alerts as JSON to any HTTP receiver, signed when a secret is shared with it. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { signatureHeaders, webhookBody } from "./payload.ts";
import { fillTemplate } from "./template.ts";

export interface WebhookTarget {
  url: string;
  /** Key of the signature. */
  secret?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** A body of the user's own. */
  body?: Readonly<Record<string, unknown>> | undefined;
}

export function createWebhookNotifier(
  name: string,
  { url, secret, headers = {}, body: template }: WebhookTarget,
  { clock }: { clock: Clock },
): Notifier {
  const secrets = [...(secret === undefined ? [] : [secret]), ...Object.values(headers).flatMap(wordsOf)];
  return {
    name,
    kind: "webhook",
    isMachine: true,
    async send(message, { signal }) {
      const fields = webhookBody(message);
      const body = JSON.stringify(template === undefined ? fields : fillTemplate(template, fields));
      const signature = secret === undefined ? {} : signatureHeaders(secret, body, clock.now());
      await postJson({
        ...{ what: `Notifying channel ${name}`, url, body, secrets, clock, signal },
        headers: { ...lowerCased(headers), ...signature },
      });
    },
  };
}

/** Header names have no case, but the keys of an object do: a configured header must not double one of ours. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `Bearer abc` must not be quoted, and neither must `abc`. */
function wordsOf(value: string): string[] {
  return [value, ...value.split(" ")];
}
