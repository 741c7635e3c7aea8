/** Asks a child process to do one thing with a SQLite database that is not ours: native code that may meet a damaged file. */
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { runChild, type ChildEnd } from "../child/run-child.ts";
import { sqliteReplySchema, type SqliteReply, type SqliteRequest } from "./sqlite-request.ts";

export interface AskOrder {
  /** What is done, as the start of a sentence. */
  what: string;
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

export type SqliteAnswer = SqliteReply | { state: "silent"; end: Exclude<ChildEnd, { how: "replied" }> };

const CHILD = new URL("./sqlite-child.js", import.meta.url);

export async function askSqlite(request: SqliteRequest, order: AskOrder): Promise<SqliteAnswer> {
  const end = await runChild({ ...order, entry: CHILD, request });
  return end.how === "replied" ? sqliteReplySchema.parse(end.reply) : { state: "silent", end };
}
