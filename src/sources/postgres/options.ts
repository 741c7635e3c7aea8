/** What a `kind: postgres` source is configured with: which databases of a server in the stack, and how they are dumped. */
import { z } from "zod";
import { Flag } from "../database-options.ts";
import { OfEveryServer } from "../dump-options.ts";

export const PostgresOptions = z
  .strictObject({
    kind: z.literal("postgres"),
    ...OfEveryServer,
    database: z.string().min(1).meta({ expected: "the name of a database" }).optional(),
    all: Flag.default(false),
    format: z.enum(["custom", "plain"]).default("custom"),
    roles: Flag.default(true),
  })
  .refine(({ database, all }) => !(all && database !== undefined), {
    path: ["database"],
    message: "a source has one database, or `all: true`, not both",
  });
export type PostgresOptions = z.infer<typeof PostgresOptions>;
