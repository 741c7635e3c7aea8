/**
 * Checks a captured SQLite database by SQLite's own integrity check, in a child process. The format has no checksums: what is
 * found is what contradicts itself, not a changed byte in a text. Against that stand the capture's rule and its digests.
 */
import { open, stat } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { silenceVerdict } from "../child/silence-verdict.ts";
import type { DatabaseFacts, DatabaseVerdict } from "../database-verdict.ts";
import { askSqlite } from "./ask-sqlite.ts";
import type { SqliteContent } from "./sqlite-request.ts";

export interface SqliteCheckOrder {
  /** Of the copy, which nobody else opens. */
  path: string;
  /** `light` reads the catalog alone. */
  level: "full" | "light";
  /** A check that takes longer is `unverified`. */
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

/** The version number of the library that wrote last, as 3045001 for 3.45.1. */
const VERSION_AT = 96;
/** 2 where readers have to know of a log. */
const READ_VERSION_AT = 19;
const HEADER_SIZE = 100;

/** What SQLite says where a program has given it more than it has here. */
const MISSING_PART = /no such (collation sequence|module|function)|unknown (tokenizer|function)/i;

/** Rejects only on cancellation, or when the copy cannot be read from the disk. */
export async function checkSqlite(order: SqliteCheckOrder): Promise<DatabaseVerdict> {
  const { path, level, timeout, clock, signal } = order;
  const walBytes = await sizeOf(`${path}-wal`);
  const hasSideFiles = walBytes > 0 || (await sizeOf(`${path}-journal`)) > 0;
  const header = await headerOf(path);
  const answer = await askSqlite(
    { operation: "read", path, level, hasSideFiles },
    { what: `Checking the captured database ${path}`, timeout, clock, signal },
  );
  switch (answer.state) {
    case "silent":
      return silenceVerdict(answer.end, "SQLite");
    case "refused":
      return refusalVerdict(answer.message);
    case "read":
      return contentVerdict(answer.content, { walBytes, ...header });
    case "copied":
    case "done":
      throw new HoldfastError("internal", { what: "Checking a database", why: "the child did not read" });
  }
}

function contentVerdict(
  content: SqliteContent,
  known: Pick<DatabaseFacts, "walBytes" | "libraryVersion" | "journalMode">,
): DatabaseVerdict {
  const { problems, tables, tableCount, viewCount, pageSize } = content;
  const [problem] = problems;
  if (problem !== undefined) return refusalVerdict(problem);
  const facts: DatabaseFacts = {
    ...known,
    encrypted: false,
    tables: tables.map(({ name, rows }) => ({ name, ...(rows === undefined ? {} : { rows }) })),
    ...{ tableCount, viewCount, pageSize },
  };
  return { state: "sound", facts };
}

function refusalVerdict(message: string): DatabaseVerdict {
  if (MISSING_PART.test(message))
    return {
      state: "unverified",
      why: `it needs a part that its program adds to SQLite (${message})`,
    };
  return { state: "damaged", why: `SQLite cannot read it: ${message}` };
}

async function headerOf(path: string): Promise<Pick<DatabaseFacts, "libraryVersion" | "journalMode">> {
  const file = await open(path, "r");
  try {
    const header = Buffer.alloc(HEADER_SIZE);
    await file.read(header, 0, HEADER_SIZE, 0);
    const version = header.readUInt32BE(VERSION_AT);
    const parts = [version / 1_000_000, (version / 1000) % 1000, version % 1000].map(Math.floor);
    return {
      ...(version === 0 ? {} : { libraryVersion: parts.join(".") }),
      journalMode: header[READ_VERSION_AT] === 2 ? "wal" : "rollback",
    };
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}
