/** What a `kind: redis` source is configured with: a Redis or Valkey server in the stack. */
import { z } from "zod";
import { OfEveryDump } from "../dump-options.ts";

export const RedisOptions = z.strictObject({
  kind: z.literal("redis"),
  ...OfEveryDump,
  method: z.enum(["stream", "bgsave"]).default("stream"),
});
export type RedisOptions = z.infer<typeof RedisOptions>;
