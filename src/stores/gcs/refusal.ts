/** What an error answer of the JSON API means: the right that is missing, the setting to change, or only to wait. */
import { HoldfastError, type ErrorFacts } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { isPassing, pauseOf, type Refusal } from "../../remote/google-refusal.ts";

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
  const pause = pauseOf(retryAfter, now);
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
  if (right === undefined) {
    return {
      why: `the store forbids it (${message})`,
      next: "see what the bucket's IAM conditions, the organization's policies and VPC Service Controls allow the credential",
    };
  }
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

function isChangedOnTheWay({ status, message }: Refusal): boolean {
  return status === 400 && /crc32c|md5|hash|checksum/i.test(message);
}
