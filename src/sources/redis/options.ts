/** What a `kind: redis` source is configured with: a Redis or Valkey server in the stack. */
import { z } from "zod";
import { OfEveryServer } from "../dump-options.ts";

export const RedisOptions = z.strictObject({
  kind: z.literal("redis"),
  ...OfEveryServer,
  method: z.enum(["stream", "bgsave"]).default("stream"),
});
export type RedisOptions = z.infer<typeof RedisOptions>;
