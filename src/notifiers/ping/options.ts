/** What a job's `ping` is configured with. */
import { z } from "zod";

export const PingOptions = z.strictObject({
  kind: z.enum(["healthchecks", "uptime-kuma"]).default("healthchecks"),
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "an https:// or http:// address" }),
  partial: z.enum(["success", "fail"]).default("fail"),
});
