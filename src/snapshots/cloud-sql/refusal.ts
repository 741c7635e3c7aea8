/** What an error of the Cloud SQL Admin API means: the permission that is missing, the setting to change, or only to wait. */
import { HoldfastError, type ErrorFacts } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { isPassing, pauseOf, type Refusal } from "../../remote/google-refusal.ts";

export interface Place {
  project: string;
  instance: string;
}

export function refusalError(
  refusal: Refusal,
  {
    what,
    retryAfter,
    place,
    now,
  }: { what: string; retryAfter?: string | undefined; place: Place; now: Instant },
): HoldfastError {
  const pause = pauseOf(retryAfter, now);
  return new HoldfastError(refusal.status === 404 ? "not-found" : "store", {
    ...{ what, cause: refusal, ...meaningOf(refusal, place) },
    ...(pause === undefined ? {} : { retryAfter: pause }),
  });
}

type Meaning = Pick<ErrorFacts, "why" | "next" | "transient">;

function meaningOf(refusal: Refusal, { project, instance }: Place): Meaning {
  const { status, reason, message } = refusal;
  if (isBusy(refusal))
    return { why: `the instance ${instance} is busy with another operation (${message})`, transient: true };
  if (isPassing(refusal))
    return { why: `Cloud SQL asks to try later (${status}: ${message})`, transient: true };
  switch (status) {
    case 401:
      return {
        why: `the credential is not accepted (${message})`,
        next: "check that the key is neither revoked nor expired, and the clock of this machine",
      };
    case 403:
      return meaningOfForbidden(refusal, { project, instance });
    case 404:
      return {
        why: `there is no such thing at the instance ${instance} of the project ${project} (${message})`,
        next: "check `project` and `instance`",
      };
    default:
      return { why: `Cloud SQL refused with ${status}${reason === "" ? "" : ` ${reason}`} (${message})` };
  }
}

/** Of an instance that is not there Google says that it may not be seen. */
function meaningOfForbidden({ reason, message }: Refusal, { project, instance }: Place): Meaning {
  if (reason === "accessNotConfigured" || /has not been used in project|is disabled/i.test(message)) {
    return {
      why: `the Cloud SQL Admin API is not enabled in the project ${project}`,
      next: `run \`gcloud services enable sqladmin.googleapis.com --project ${project}\``,
    };
  }
  return {
    why: `the credential may not do that at the instance ${instance}, or there is none of that name (${message})`,
    next: "check `project` and `instance`, and give the service account the role in docs/cloud-sql.md",
  };
}

/** One operation of an instance at a time. */
export function isBusy({ status, reason }: Refusal): boolean {
  return status === 409 && /operationInProgress|instanceBusy|invalidState/i.test(reason);
}
