/** Options of a store of kind `local`: a directory, usually a mounted volume or disk. */
import { z } from "zod";

export const LocalStoreOptions = z.strictObject({
  kind: z.literal("local"),
  /** Must exist: a directory created by us would hide that a mount is missing. */
  path: z.string().startsWith("/").meta({ expected: "an absolute path such as /archive" }),
});

export type LocalStoreOptions = z.infer<typeof LocalStoreOptions>;
