/** What the process that asks a captured database is told, and what it replies; the rows go into a file. */
import { z } from "zod";

export const queryRequestSchema = z.strictObject({
  /** Of a copy that is nobody else's, with its side files beside it. */
  path: z.string(),
  /** Of an encrypted one. */
  key: z.string().optional(),
  sql: z.string(),
  /** Where the rows go. */
  rowsPath: z.string(),
  /** More are only told of. */
  maxRows: z.number(),
  memoryLimitMiB: z.number(),
});
export type QueryRequest = z.infer<typeof queryRequestSchema>;

export const queryReplySchema = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("answered"),
    columns: z.array(z.string()),
    rowCount: z.number(),
    /** There are more rows than were asked for. */
    isCut: z.boolean(),
  }),
  /** The library's own message. */
  z.strictObject({ state: z.literal("refused"), message: z.string() }),
]);
export type QueryReply = z.infer<typeof queryReplySchema>;
