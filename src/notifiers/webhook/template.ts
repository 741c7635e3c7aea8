/** A body of the user's own: a map whose texts name fields of the alert. Nothing is computed, so nothing can be run. */
import type { WebhookBody } from "./payload.ts";
import { PLACEHOLDER } from "./options.ts";

/** A text that is one field alone becomes its value, `null` included; in a longer text an absent one leaves nothing. */
export function fillTemplate(template: unknown, fields: WebhookBody): unknown {
  if (typeof template === "string") return fillText(template, fields);
  if (Array.isArray(template)) return template.map((item) => fillTemplate(item, fields));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fillTemplate(value, fields)]),
  );
}

function fillText(text: string, fields: WebhookBody): unknown {
  const valueOf = (name: string) => fields[name as keyof WebhookBody];
  const alone = new RegExp(`^${PLACEHOLDER.source}$`).exec(text)?.[1];
  if (alone !== undefined) return valueOf(alone);
  return text.replace(PLACEHOLDER, (_match, name: string) => String(valueOf(name) ?? ""));
}
