/** What an error answer of the JSON API means: the right that is missing, the setting to change, or only to wait. */
import { HoldfastError, type ErrorFacts } from "../../domain/errors.ts";
import { SECOND, type Instant, type Milliseconds } from "../../domain/instant.ts";

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

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes; an answer to a download is plain text. */
export function readRefusal(status: number, text: string): Refusal {
  const parsed = parse(text);
  const error = recordAt(parsed, "error");
  const details = error["errors"];
  const reason = textAt(Array.isArray(details) ? details[0] : undefined, "reason");
  const message = oneLine(textAt(error, "message") || (parsed === undefined ? text : ""));
  return new Refusal(status, reason, message === "" ? `HTTP status ${status}` : message);
}

export interface Surroundings {
  what: string;
  bucket: string;
  /** The header `retry-after`. */
  retryAfter?: string | undefined;
  now: Instant;
}

export function refusalError(
  refusal: Refusal,
  { what, bucket, retryAfter, now }: Surroundings,
): HoldfastError {
  const pause = waitFor(retryAfter, now);
  return new HoldfastError(refusal.status === 412 ? "already-exists" : "store", {
    what,
    cause: refusal,
    ...meaningOf(refusal, bucket),
    ...(pause === undefined ? {} : { retryAfter: pause }),
  });
}

function meaningOf(refusal: Refusal, bucket: string): Pick<ErrorFacts, "why" | "next" | "transient"> {
  const { status, reason, message } = refusal;
  if (isPassing(refusal))
    return { why: `the store asks to try later (${status}: ${message})`, transient: true };
  if (isChangedOnTheWay(refusal)) {
    return { why: `the bytes were changed on the way to the store (${message})`, transient: true };
  }
  if (/requester pays/i.test(message)) {
    return { why: "the bucket lets the requester pay", next: "name the project that pays as `project`" };
  }
  switch (status) {
    case 401:
      return {
        why: `the credential is not accepted (${message})`,
        next: "check that the key is neither revoked nor expired, and the clock of this machine",
      };
    case 403:
      return meaningOfForbidden(refusal, bucket);
    case 404:
      return { why: `there is no bucket ${bucket}`, next: "check `bucket`, or create it" };
    case 412:
      return { why: "an object of that key is there already" };
    default:
      return { why: `the store refused with ${status}${reason === "" ? "" : ` ${reason}`} (${message})` };
  }
}

/** `a@b.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object. …` */
function meaningOfForbidden({ message }: Refusal, bucket: string): Pick<ErrorFacts, "why" | "next"> {
  const who = /^(\S+) does not have storage\./.exec(message)?.[1];
  const right = /\b(storage\.\w+\.\w+)\b/.exec(message)?.[1];
  if (right === undefined) return { why: `the store forbids it (${message})` };
  const role = ROLES[right];
  return {
    why: `${who ?? "the credential"} lacks the right ${right} on the bucket ${bucket}`,
    next: `grant it${role === undefined ? "" : `, for example by the role ${role}`}`,
  };
}

/** The smallest predefined role that holds the right. */
export const ROLES: Readonly<Record<string, string>> = {
  "storage.objects.create": "roles/storage.objectCreator",
  "storage.objects.get": "roles/storage.objectViewer",
  "storage.objects.list": "roles/storage.objectViewer",
  "storage.objects.delete": "roles/storage.objectUser",
};

/** A delete or an overwrite that a retention policy, object retention or a hold forbids. */
export function isKept(refusal: Refusal | undefined): boolean {
  return refusal?.status === 403 && KEPT.has(refusal.reason);
}

const KEPT = new Set(["retentionPolicyNotMet", "objectUnderActiveHold"]);

function isPassing({ status, reason }: Refusal): boolean {
  return PASSING_STATUS.has(status) || PASSING_REASON.has(reason);
}

const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_REASON = new Set(["rateLimitExceeded", "userRateLimitExceeded"]);

function isChangedOnTheWay({ status, message }: Refusal): boolean {
  return status === 400 && /crc32c|md5|hash|checksum/i.test(message);
}

/** Seconds or an HTTP date, https://www.rfc-editor.org/rfc/rfc9110#name-retry-after. */
function waitFor(retryAfter: string | undefined, now: Instant): Milliseconds | undefined {
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
