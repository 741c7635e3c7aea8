/** What databases in a volume are configured with: which are captured how. */
import { z } from "zod";

/** May be text, because that is what a `${VARIABLE}` gives. */
export const Flag = z
  .preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean())
  .meta({ expected: "true or false" });

const DatabaseRuleOptions = z
  .strictObject({
    match: z
      .string()
      .min(1)
      .meta({ expected: "a glob relative to the source's path, such as state/*.duckdb" }),
    capture: z.enum(["auto", "optimistic", "freeze", "none"]).default("auto"),
    verify: z.enum(["full", "light", "off"]).default("full"),
    key: z.string().min(1).meta({ secret: "value", expected: "the key of an encrypted database" }).optional(),
    rebuilt: Flag.default(false),
    export: z.enum(["none", "parquet"]).default("none"),
  })
  .refine((rule) => rule.export === "none" || rule.key === undefined, {
    path: ["export"],
    message: "an export would hold in the clear what is encrypted: leave `export` or `key` out",
  });

export const EmbeddedDatabases = z
  .union([
    z.strictObject({
      together: Flag.default(false),
      rules: z.array(DatabaseRuleOptions).meta({ expected: "a list of rules" }).default([]),
    }),
    z.enum(["auto", "off"]),
  ])
  .meta({ expected: "auto, off, or a map with together and rules" });
