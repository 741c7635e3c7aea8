/** What a `kind: slack` channel is configured with: an incoming webhook, whose address is the credential, or a bot. */
import { z } from "zod";

export const SlackOptions = z
  .strictObject({
    kind: z.literal("slack"),
    url: z
      .url({ protocol: /^https?$/ })
      .meta({ secret: "url", expected: "the https:// address of an incoming webhook" })
      .optional(),
    token: z
      .string()
      .startsWith("xoxb-")
      .meta({ secret: "value", expected: "the token of a bot, xoxb-…" })
      .optional(),
    channel: z
      .string()
      .regex(/^(#?[\p{L}\p{N}_-]+|[CGD][A-Z0-9]+)$/u)
      .meta({ expected: "the id of a Slack channel such as C0123456789, or its name" })
      .optional(),
    api: z
      .url({ protocol: /^https?$/ })
      .meta({ expected: "an https:// or http:// address" })
      .optional(),
  })
  .refine(
    ({ url, token, channel }) =>
      (url === undefined) !== (token === undefined) && (token === undefined) === (channel === undefined),
  )
  .meta({ expected: "url, or token with channel" });
export type SlackOptions = z.infer<typeof SlackOptions>;
