/** What the process that exports captured databases is told, and what it replies. */
import { z } from "zod";

export const exportRequestSchema = z.strictObject({
  path: z.string(),
  /** Directory that is there. */
  to: z.string(),
  memoryLimitMiB: z.number(),
  /** Of a second copy, which may be written to. */
  isSpare: z.boolean(),
});
export type ExportRequest = z.infer<typeof exportRequestSchema>;

/** DuckDB's own message, at most a few hundred characters, where it could not be done. */
export const exportReplySchema = z.strictObject({ refused: z.string().optional() });
export type ExportReply = z.infer<typeof exportReplySchema>;
