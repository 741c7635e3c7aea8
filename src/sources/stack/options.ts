/** What a `kind: stack` source is configured with: which named volumes of the stack are not backed up. */
import { z } from "zod";

export const StackOptions = z.strictObject({
  kind: z.literal("stack"),
  exclude: z
    .array(z.string().min(1).meta({ expected: "the name of a volume, such as cache" }))
    .meta({ expected: "a list of volumes" })
    .optional(),
});
export type StackOptions = z.infer<typeof StackOptions>;
