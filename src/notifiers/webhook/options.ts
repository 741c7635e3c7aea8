/** What a `kind: webhook` channel is configured with. Addresses and headers often hold tokens, so all is secret. */
import { z } from "zod";

export const HttpHeaders = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/),
    z
      .string()
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/)
      .meta({ secret: "value", expected: "text that fits an HTTP header" }),
  )
  .meta({ secret: "value", expected: "a map of HTTP header names to text" });

/** What a body of the user's own can name. */
const FIELDS: readonly string[] = [
  ...["version", "event", "id", "stack", "condition", "job", "store"],
  ...["severity", "title", "detail", "next", "since", "at"],
];

/** `{{title}}`. */
export const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

const BodyTemplate = z
  .record(z.string(), z.unknown())
  .refine((template) =>
    [...JSON.stringify(template).matchAll(PLACEHOLDER)].every(([, name = ""]) => FIELDS.includes(name)),
  )
  .meta({
    secret: "value",
    expected: `a map, in whose texts {{…}} stands for one of ${FIELDS.join(", ")}`,
  });

export const WebhookOptions = z.strictObject({
  kind: z.literal("webhook"),
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "an https:// or http:// address" }),
  /** Key of the HMAC that signs each delivery. */
  secret: z.string().min(8).meta({ secret: "value", expected: "text of 8 characters or more" }).optional(),
  headers: HttpHeaders.optional(),
  /** Instead of the documented body. */
  body: BodyTemplate.optional(),
});
export type WebhookOptions = z.infer<typeof WebhookOptions>;
