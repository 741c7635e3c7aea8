/** What a `kind: local` store is configured with: a directory of this machine or a mounted volume. */
import { z } from "zod";

export const LocalStoreOptions = z.strictObject({
  kind: z.literal("local"),
  path: z
    .string()
    .regex(/^\/[^\0]*$/)
    .meta({ expected: "an absolute path such as /archive" }),
});
export type LocalStoreOptions = z.infer<typeof LocalStoreOptions>;
