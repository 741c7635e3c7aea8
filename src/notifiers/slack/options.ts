/** What a `kind: slack` channel is configured with. The address is the credential, so it is a secret. */
import { z } from "zod";

export const SlackOptions = z.strictObject({
  kind: z.literal("slack"),
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: "url", expected: "the https:// address of an incoming webhook" }),
});
export type SlackOptions = z.infer<typeof SlackOptions>;
