/** Asks a captured database one question, in a child process that reaches nothing else and changes nothing that stays. */
import type { DatabaseKind } from "../../domain/embedded-database.ts";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { runChild, type ChildEnd } from "../child/run-child.ts";
import { silenceVerdict } from "../child/silence-verdict.ts";
import { explainRefusal } from "../duckdb/check/explain-refusal.ts";
import { queryReplySchema, type QueryReply, type QueryRequest } from "./query-request.ts";

export interface QueryOrder extends QueryRequest {
  kind: DatabaseKind;
  /** How messages call the database. */
  name: string;
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

export type Answer = Omit<QueryReply & { state: "answered" }, "state">;

const CHILDREN = {
  duckdb: { entry: new URL("../duckdb/query/query-child.js", import.meta.url), library: "DuckDB" },
  sqlite: { entry: new URL("../sqlite/query/query-child.js", import.meta.url), library: "SQLite" },
};

/** Throws `usage` where the database is read, but not by this question, and `damaged` or `unsupported` where it is not. */
export async function queryDatabase(order: QueryOrder): Promise<Answer> {
  const { kind, name, timeout, clock, signal, ...request } = order;
  const what = `Querying ${name}`;
  const end = await runChild({ what, entry: CHILDREN[kind].entry, request, timeout, clock, signal });
  if (end.how !== "replied") throw silenceOf(end, order);
  const reply = queryReplySchema.parse(end.reply);
  if (reply.state === "answered") return reply;
  throw refusalOf(reply.message, order);
}

function silenceOf(end: Exclude<ChildEnd, { how: "replied" }>, order: QueryOrder): HoldfastError {
  const what = `Querying ${order.name}`;
  if (end.how === "late") {
    const why = `it took longer than ${formatDuration(order.timeout)}`;
    return new HoldfastError("timeout", { what, why, next: "ask for less, or give it more with --timeout" });
  }
  const { state, ...verdict } = silenceVerdict(end, CHILDREN[order.kind].library);
  const why = "why" in verdict ? verdict.why : "it gave no answer";
  const next = "ask for less, or give it more with --memory";
  return new HoldfastError(state === "damaged" ? "damaged" : "unsupported", { what, why, next });
}

const SHORT_OF_MEMORY = /out of memory|string or blob too big/i;

function refusalOf(message: string, { name, kind, memoryLimitMiB, key }: QueryOrder): HoldfastError {
  const what = `Querying ${name}`;
  const why = oneSentence(message);
  if (SHORT_OF_MEMORY.test(message)) {
    const limit = formatSize(memoryLimitMiB * 1024 * 1024);
    const next = "ask for less, or give it more with --memory";
    return new HoldfastError("usage", { what, why: `it takes more memory than ${limit}`, next });
  }
  const cannotOpen = kind === "duckdb" ? explainRefusal(message) : undefined;
  if (cannotOpen?.state === "unverified" && /encrypt|version/i.test(message)) {
    const next = key === undefined ? "give its key under `embeddedDatabases.rules` of the job" : undefined;
    const isLocked = /encrypt/i.test(message);
    return new HoldfastError("unsupported", {
      ...{ what, why: cannotOpen.why },
      ...(isLocked && next !== undefined ? { next } : {}),
    });
  }
  return new HoldfastError("usage", { what, why, next: "see its tables with `holdfast show POINT`" });
}

/** A library tells on many lines, with a picture of where. */
function oneSentence(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const picture = lines.findIndex((line) => /^LINE \d+:/.test(line));
  const told = (picture === -1 ? lines : lines.slice(0, picture)).filter((line) => line !== "");
  return messageOf(told.join(" "))
    .slice(0, 300)
    .replace(/[.\s]+$/, "");
}
