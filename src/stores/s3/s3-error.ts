/** Turns what an S3 server or its client says into the error that the Store port promises, naming the right or setting to change. */
import { HoldfastError, messageOf, retained } from "../../domain/errors.ts";
import type { ErrorCode, ErrorFacts } from "../../domain/errors.ts";
import { networkError } from "./network-error.ts";

export interface Request {
  /** Starts the sentence, e.g. "Writing offsite:a/b". */
  what: string;
  bucket: string;
  /** The action that a policy has to allow for it. */
  right: string;
}

type Verdict = { code?: ErrorCode } & Pick<ErrorFacts, "why" | "next" | "transient">;

/** What of an error of the SDK is looked at. */
interface ServiceError {
  code: string;
  status: number;
  message: string;
  /** Where the bucket is, when it is not where it was asked for. */
  region: string | undefined;
  retryAfter: number | undefined;
}

export function s3Error(error: unknown, request: Request): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { what } = request;
  const service = readServiceError(error);
  if (service === undefined) return clientError(error, what);
  if (isRetained(service)) return retained(what, { cause: error });
  const { code = "store", ...facts } = verdictOf(service, request);
  const { retryAfter } = service;
  return new HoldfastError(code, {
    ...{ what, cause: error, ...facts },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** The HTTP status that an error of ours was made of; undefined where none came. */
export function statusOf(error: unknown): number | undefined {
  return readServiceError(causeOf(error))?.status;
}

/** The code of S3 that an error of ours was made of. */
export function codeOf(error: unknown): string | undefined {
  return readServiceError(causeOf(error))?.code;
}

function causeOf(error: unknown): unknown {
  return error instanceof HoldfastError ? error.facts.cause : error;
}

interface SdkError extends Error {
  Code?: string;
  Region?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string | undefined> };
}

function readServiceError(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, Code, Region, $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  const headers = $response?.headers ?? {};
  const seconds = Number(headers["retry-after"] ?? NaN);
  return {
    ...{ status, message, code: Code ?? name },
    region: Region ?? headers["x-amz-bucket-region"],
    retryAfter: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  };
}

/** An object lock or a legal hold is in the message only: the code is that of any refusal. */
function isRetained({ status, code, message }: ServiceError): boolean {
  if (code === "ObjectLocked") return true;
  return (status === 403 || status === 400) && /object lock|legal hold|WORM|retention/i.test(message);
}

const WRONG_REGION = new Set(["PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"]);
const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"]);
const FULL = new Set(["QuotaExceeded", "XMinioStorageFull", "StorageFull", "InsufficientStorage"]);
const CORRUPTED = new Set(["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"]);
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
const PASSING_CODE = new Set([
  ...["SlowDown", "RequestTimeout", "RequestTimeoutException", "ConditionalRequestConflict"],
  ...[
    "OperationAborted",
    "IncompleteBody",
    "InternalError",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
  ],
]);

function verdictOf(error: ServiceError, request: Request): Verdict {
  const { status, code, message } = error;
  const known = credentialTrouble(error) ?? settingTrouble(error, request);
  if (known !== undefined) return known;
  if (FULL.has(code) || status === 507) {
    return {
      code: "no-space",
      why: `the store is full: ${message}`,
      next: "raise its quota or keep fewer points",
    };
  }
  if (CORRUPTED.has(code)) return { why: "bytes were changed on the way to the store", transient: true };
  if (status === 403) return missingRight(error, request);
  const transient = PASSING_STATUS.has(status) || PASSING_CODE.has(code);
  return { why: `the store answered ${describe(error)}`, transient };
}

function credentialTrouble({ code }: ServiceError): Verdict | undefined {
  if (code === "InvalidAccessKeyId") {
    return { why: "the store does not know the access key", next: "check `accessKeyId`" };
  }
  if (code === "SignatureDoesNotMatch") {
    return {
      why: "the secret key is not that of the access key",
      next: "check `accessKeyId` and `secretAccessKey`",
    };
  }
  if (EXPIRED.has(code)) {
    return {
      why: "the credentials have expired",
      next: "renew them, or use keys or a role that do not expire",
    };
  }
  if (code === "RequestTimeTooSkewed") {
    return {
      why: "the clock of this machine is too far from the store's",
      next: "set the clock by NTP",
      // The client has learnt the server's time from the answer and signs the next attempt with it.
      transient: true,
    };
  }
  return undefined;
}

function settingTrouble(
  { code, status, region, message }: ServiceError,
  { bucket }: Request,
): Verdict | undefined {
  if (WRONG_REGION.has(code) || status === 301) {
    const named = region ?? /expecting '([\w-]+)'/.exec(message)?.[1];
    const why = `the bucket ${bucket} is in ${named === undefined ? "another region" : `region ${named}`}`;
    return { why, next: named === undefined ? "set `region` to its region" : `set \`region: ${named}\`` };
  }
  if (code === "NoSuchBucket") return noBucket(bucket);
  if (code === "InvalidBucketName") {
    return { why: `${bucket} is no name of a bucket`, next: "check `bucket` and `pathStyle`" };
  }
  if (code === "InvalidStorageClass") {
    return { why: "the store does not have that storage class", next: "check `storageClass`" };
  }
  if (code.startsWith("KMS.")) {
    return { why: `the key cannot be used: ${message}`, next: "check `sseKmsKeyId` and the key's policy" };
  }
  return undefined;
}

export function noBucket(bucket: string): Verdict {
  return {
    why: `there is no bucket ${bucket}`,
    next: "create it, or check `bucket`, `region` and `endpoint`",
  };
}

/** AWS says in its message which action is missing; that may be one of the key that the bucket is encrypted with. */
function missingRight({ message }: ServiceError, { right, bucket }: Request): Verdict {
  const named = /not authorized to perform: ([\w:*]+)/.exec(message)?.[1] ?? right;
  return {
    why: `the right ${named} on the bucket ${bucket} is missing`,
    next: `allow ${named} in the policy of the identity, and see that the bucket's policy does not deny it`,
  };
}

/** HEAD has no body to tell a code in: its name is then the client's, and says nothing. */
function describe({ status, code, message }: ServiceError): string {
  const text = /^Unknown/.test(code) ? "" : ` (${code}${message === "" ? "" : `: ${message}`})`;
  return `${status}${text}`;
}

/** Nothing came from the server, or nothing could be asked of it. */
function clientError(error: unknown, what: string): HoldfastError {
  const name = error instanceof Error ? error.name : "";
  if (/Credentials|TokenProviderError|NoAuthSchemeException/.test(name)) {
    return new HoldfastError("store", {
      what,
      why: `no credentials were found: ${messageOf(error)}`,
      next: "set `accessKeyId` and `secretAccessKey`, or give the machine a role",
      cause: error,
    });
  }
  return networkError(what, error);
}
