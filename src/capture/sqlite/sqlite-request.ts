/** What the process that touches foreign SQLite databases is told, and what it replies. */
import { z } from "zod";

/** A path as hexadecimal bytes: a name need not be text. */
const pathSchema = z.string().regex(/^([0-9a-f]{2})+$/);

export const sqliteRequestSchema = z.discriminatedUnion("operation", [
  /** Takes the lock of a reader for a moment, which nobody gets while anything is half written. */
  z.strictObject({ operation: z.literal("probe"), live: pathSchema, waitMs: z.number() }),
  /** Copies the file when that lock was to be had, without it; refused as busy where somebody writes meanwhile. */
  z.strictObject({ operation: z.literal("copy"), live: pathSchema, target: z.string(), waitMs: z.number() }),
  /** Copies what a reader sees, with a reader's lock held all the time. */
  z.strictObject({
    operation: z.literal("backup"),
    live: pathSchema,
    target: z.string(),
    waitMs: z.number(),
  }),
  /** Makes a copy with side files one file, as the next program that opens it would. */
  z.strictObject({ operation: z.literal("recover"), path: z.string() }),
  z.strictObject({
    operation: z.literal("read"),
    path: z.string(),
    level: z.enum(["full", "light"]),
    hasSideFiles: z.boolean(),
  }),
]);
export type SqliteRequest = z.infer<typeof sqliteRequestSchema>;

const contentSchema = z.strictObject({
  /** What is wrong, in SQLite's words; empty where nothing is. */
  problems: z.array(z.string()),
  /** The largest first. */
  tables: z.array(z.strictObject({ name: z.string(), rows: z.number().optional() })),
  tableCount: z.number(),
  viewCount: z.number(),
  pageSize: z.number(),
});
export type SqliteContent = z.infer<typeof contentSchema>;

export const sqliteReplySchema = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("done") }),
  z.strictObject({ state: z.literal("copied"), cloned: z.boolean() }),
  z.strictObject({ state: z.literal("read"), content: contentSchema }),
  /** The primary result code of https://sqlite.org/rescode.html, where SQLite gave one. */
  z.strictObject({ state: z.literal("refused"), code: z.number(), message: z.string() }),
]);
export type SqliteReply = z.infer<typeof sqliteReplySchema>;

/** Primary result codes. */
export const CODES = {
  busy: 5,
  readOnly: 8,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;
