/** What a `kind: stack` source is configured with: which named volumes of the stack are not backed up, and how the databases in the others are. */
import { z } from "zod";
import { EmbeddedDatabases } from "../database-options.ts";

export const StackOptions = z.strictObject({
  kind: z.literal("stack"),
  exclude: z
    .array(z.string().min(1).meta({ expected: "the name of a volume, such as cache" }))
    .meta({ expected: "a list of volumes" })
    .optional(),
  embeddedDatabases: EmbeddedDatabases.optional(),
});
export type StackOptions = z.infer<typeof StackOptions>;
