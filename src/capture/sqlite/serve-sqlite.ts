/** What the process that touches foreign SQLite databases does with its one request. */
import { messageOf } from "../../domain/errors.ts";
import { serveRequest } from "../child/serve-request.ts";
import { copyQuiet } from "./copy-quiet.ts";
import { backUpLive, probeLive } from "./read-live.ts";
import { readCopy, recoverCopy } from "./open-copy.ts";
import { sqliteRequestSchema, type SqliteReply, type SqliteRequest } from "./sqlite-request.ts";

const MOST_MESSAGE = 400;

export async function serveSqlite(): Promise<void> {
  await serveRequest(async (request) => answer(sqliteRequestSchema.parse(request)));
}

async function answer(request: SqliteRequest): Promise<SqliteReply> {
  try {
    switch (request.operation) {
      case "probe":
        probeLive(Buffer.from(request.live, "hex"), request.waitMs, () => undefined);
        return { state: "done" };
      case "copy":
        return copyQuiet(Buffer.from(request.live, "hex"), request.target, request.waitMs);
      case "backup":
        await backUpLive(Buffer.from(request.live, "hex"), request.target, request.waitMs);
        return { state: "done" };
      case "recover":
        recoverCopy(request.path);
        return { state: "done" };
      case "read":
        return { state: "read", content: readCopy(request) };
    }
  } catch (error) {
    return { state: "refused", code: primaryCode(error), message: messageOf(error).slice(0, MOST_MESSAGE) };
  }
}

/** Extended codes hold the primary one in their lowest byte; 0 where it is no error of SQLite's. */
function primaryCode(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : 0;
}
