/** What the process that opens captured databases is told, and what it replies. */
import { z } from "zod";

export const scanRequestSchema = z.strictObject({
  path: z.string(),
  level: z.enum(["full", "light"]),
  key: z.string().optional(),
  memoryLimitMiB: z.number(),
  /** Of a second copy, which may be written to. */
  isSpare: z.boolean(),
});
export type ScanRequest = z.infer<typeof scanRequestSchema>;

const contentSchema = z.strictObject({
  /** The largest first. */
  tables: z.array(z.strictObject({ name: z.string(), rows: z.number().optional() })),
  tableCount: z.number(),
  viewCount: z.number(),
  indexCount: z.number(),
});
export type Content = z.infer<typeof contentSchema>;

export const scanReplySchema = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("read"), content: contentSchema }),
  /** DuckDB's own message, at most a few hundred characters. */
  z.strictObject({ state: z.literal("refused"), message: z.string() }),
]);
export type ScanReply = z.infer<typeof scanReplySchema>;
