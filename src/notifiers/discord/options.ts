/** What a `kind: discord` channel is configured with. The address is the credential, so it is a secret. */
import { z } from "zod";

export const DiscordOptions = z.strictObject({
  kind: z.literal("discord"),
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: "url", expected: "the https:// address of a webhook of a Discord channel" }),
});
export type DiscordOptions = z.infer<typeof DiscordOptions>;
