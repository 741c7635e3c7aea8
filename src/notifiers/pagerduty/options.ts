/** What a `kind: pagerduty` channel is configured with. */
import { z } from "zod";

export const PagerdutyOptions = z.strictObject({
  kind: z.literal("pagerduty"),
  routingKey: z
    .string()
    .min(8)
    .meta({ secret: "value", expected: "the integration key of a service (Events API v2)" }),
  /** In the EU: https://events.eu.pagerduty.com/v2/enqueue. */
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ expected: "an https:// or http:// address" })
    .default("https://events.pagerduty.com/v2/enqueue"),
});
export type PagerdutyOptions = z.infer<typeof PagerdutyOptions>;
