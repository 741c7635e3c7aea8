/** What an error of Compute Engine means, an answer's or an operation's: the permission that is missing, the setting to change, or only to wait. */
import { HoldfastError, type ErrorCode, type ErrorFacts } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { isPassing, pauseOf, type Refusal } from "../../remote/google-refusal.ts";

interface Context {
  what: string;
  project: string;
  /** The header `retry-after`. */
  retryAfter?: string | undefined;
  now: Instant;
}

export function refusalError(refusal: Refusal, { what, project, retryAfter, now }: Context): HoldfastError {
  const pause = pauseOf(retryAfter, now);
  return new HoldfastError(codeOf(refusal), {
    ...{ what, cause: refusal, ...meaningOf(refusal, project) },
    ...(pause === undefined ? {} : { retryAfter: pause }),
  });
}

type Meaning = Pick<ErrorFacts, "why" | "next" | "transient">;

function codeOf(refusal: Refusal): ErrorCode {
  if (isInUse(refusal)) return "retained";
  if (refusal.status === 404) return "not-found";
  return refusal.status === 409 && refusal.reason === "alreadyExists" ? "already-exists" : "store";
}

function meaningOf(refusal: Refusal, project: string): Meaning {
  const { status, reason, message } = refusal;
  if (isTooOften(refusal))
    return { why: `Compute Engine limits how often a disk is snapshotted (${message})` };
  if (isInUse(refusal)) return { why: `something is being made of it (${message})`, next: "try again later" };
  if (reason !== "quotaExceeded" && isPassing(refusal)) {
    return { why: `Compute Engine asks to try later (${status}: ${message})`, transient: true };
  }
  switch (status) {
    case 401:
      return {
        why: `the credential is not accepted (${message})`,
        next: "check that the key is neither revoked nor expired, and the clock of this machine",
      };
    case 403:
      return meaningOfForbidden(refusal, project);
    case 404:
      return meaningOfMissing(message, project);
    case 409:
      return { why: `the name is taken (${message})` };
    case 412:
      return { why: "somebody else has changed it meanwhile", transient: true };
    default:
      return {
        why: `Compute Engine refused with ${status}${reason === "" ? "" : ` ${reason}`} (${message})`,
      };
  }
}

/** `Required 'compute.disks.createSnapshot' permission for 'projects/acme/zones/z/disks/d'` */
function meaningOfForbidden({ reason, message }: Refusal, project: string): Meaning {
  const permission = /'(compute\.\w+\.\w+)'/.exec(message)?.[1];
  if (permission !== undefined) {
    const on = /for '([^']+)'/.exec(message)?.[1] ?? `projects/${project}`;
    return {
      why: `the credential lacks the permission ${permission} on ${on}`,
      next: "grant it by a role of the service account; docs/gce.md has the smallest ones",
    };
  }
  if (/authentication scopes/i.test(message)) {
    return {
      why: "the access scopes of this machine leave Compute Engine out",
      next: "stop the machine and give its service account the scope cloud-platform, or set `keyFile`",
    };
  }
  if (reason === "accessNotConfigured" || /has not been used in project|is disabled/i.test(message)) {
    return {
      why: `the Compute Engine API is not enabled in the project ${project}`,
      next: `run \`gcloud services enable compute.googleapis.com --project ${project}\``,
    };
  }
  if (reason === "quotaExceeded") {
    return { why: `a quota is used up (${message})`, next: "delete what is not needed, or ask for more" };
  }
  return { why: `Compute Engine forbids it (${message})` };
}

/** `The resource 'projects/acme/zones/z/disks/d' was not found` */
function meaningOfMissing(message: string, project: string): Meaning {
  const resource = /'(projects\/[^']+)'/.exec(message)?.[1];
  if (resource === undefined) return { why: `it is not there (${message})` };
  if (resource === `projects/${project}`) {
    return { why: `there is no project ${project}`, next: "check `project`" };
  }
  return { why: `there is no ${resource}`, next: "check its name, and its zone or region" };
}

export function isTooOften({ reason, message }: Refusal): boolean {
  return /resource.?operation.?rate.?exceeded/i.test(reason) || /operation rate exceeded/i.test(message);
}

export function isInUse({ reason }: Refusal): boolean {
  return /^resource_?in_?use/i.test(reason);
}
