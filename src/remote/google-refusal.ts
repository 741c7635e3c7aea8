/** An error answer of one of Google's APIs, as it came. What it means is told by whoever asked. */
import { HoldfastError } from "../domain/errors.ts";
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";

/** The answer as it came; the cause of the error that is thrown. */
export class Refusal extends Error {
  readonly status: number;
  /** A word such as `forbidden`, `conditionNotMet`, `rateLimitExceeded`; empty where the answer has none. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.reason = reason;
  }
}

/** The answer behind an error; undefined where there was none. */
export function refusalBehind(error: unknown): Refusal | undefined {
  return error instanceof HoldfastError && error.cause instanceof Refusal ? error.cause : undefined;
}

/** https://google.aip.dev/193; an answer that has no JSON speaks for itself. */
export function readRefusal(status: number, text: string): Refusal {
  const parsed = parse(text);
  const error = recordAt(parsed, "error");
  const details = error["errors"];
  const reason = textAt(Array.isArray(details) ? details[0] : undefined, "reason");
  const message = oneLine(textAt(error, "message") || (parsed === undefined ? text : ""));
  return new Refusal(status, reason, message === "" ? `HTTP status ${status}` : message);
}

/** Trying again may help. */
export function isPassing({ status, reason }: Refusal): boolean {
  return PASSING_STATUS.has(status) || PASSING_REASON.has(reason);
}

const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_REASON = new Set(["rateLimitExceeded", "userRateLimitExceeded"]);

/** Seconds or an HTTP date, https://www.rfc-editor.org/rfc/rfc9110#name-retry-after. */
export function pauseOf(retryAfter: string | undefined, now: Instant): Milliseconds | undefined {
  if (retryAfter === undefined) return undefined;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * SECOND : Date.parse(retryAfter) - now;
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordAt(value: unknown, key: string): Record<string, unknown> {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

function textAt(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const QUOTED_AT_MOST = 300;

/** An answer may hold anything, and this goes to a log and a terminal. */
function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= QUOTED_AT_MOST ? line : `${line.slice(0, QUOTED_AT_MOST)}…`.toWellFormed();
}
