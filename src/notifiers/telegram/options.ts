/** What a `kind: telegram` channel is configured with. */
import { z } from "zod";

export const TelegramOptions = z.strictObject({
  kind: z.literal("telegram"),
  token: z
    .string()
    .regex(/^\d+:[A-Za-z0-9_-]+$/)
    .meta({ secret: "value", expected: "the token of a bot such as 123456:ABC-DEF, as BotFather gives it" }),
  chat: z
    .union([z.string().regex(/^(-?\d+|@\w+)$/), z.int()])
    .transform(String)
    .meta({ expected: "the id of a chat such as -1001234567890, or @channel" }),
  /** A topic of a group that has them. */
  topic: z
    .union([z.string().regex(/^\d+$/), z.int().positive()])
    .transform(Number)
    .meta({ expected: "the number of a topic" })
    .optional(),
  /** Of a Bot API server of one's own. */
  api: z
    .url({ protocol: /^https?$/ })
    .meta({ expected: "an https:// or http:// address" })
    .default("https://api.telegram.org"),
});
export type TelegramOptions = z.infer<typeof TelegramOptions>;
