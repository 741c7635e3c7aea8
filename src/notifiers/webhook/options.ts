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

export const WebhookOptions = z.strictObject({
  kind: z.literal("webhook"),
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "an https:// or http:// address" }),
  /** Key of the HMAC that signs each delivery. */
  secret: z.string().min(8).meta({ secret: "value", expected: "text of 8 characters or more" }).optional(),
  headers: HttpHeaders.optional(),
});
export type WebhookOptions = z.infer<typeof WebhookOptions>;
