/** What the process itself is configured with: its guard, its address, its metrics and its log. */
import { z } from "zod";
import { DAY, MINUTE } from "../domain/instant.ts";
import { DEFAULT_LISTEN, Listen, PositiveDuration } from "./values.ts";

export const GuardOptions = z
  .union([
    z.strictObject({ after: PositiveDuration.default(MINUTE) }),
    z.literal("off").transform(() => false as const),
    z.literal(false),
  ])
  .meta({ expected: "a map with after, or off" });

/** A quarter of a year. */
const QUARTER = 92 * DAY;

export const GamedayOptions = z.strictObject({
  every: z
    .union([PositiveDuration, z.literal("off"), z.literal(false).transform(() => "off" as const)])
    .meta({ expected: "a duration such as 92d, or off" })
    .default(QUARTER),
});

export const HttpOptions = z.strictObject({
  listen: Listen.default(DEFAULT_LISTEN),
  token: z.string().min(8).meta({ secret: "value", expected: "text of 8 characters or more" }).optional(),
});

export const MetricsOptions = z.strictObject({
  pushgateway: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .meta({ secret: "url", expected: "an https:// or http:// address" }),
    })
    .meta({ expected: "a map with url" })
    .optional(),
});

export const LogOptions = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  format: z.enum(["auto", "json", "pretty"]).default("auto"),
});
