/** Checks requests as S3 does: AWS Signature Version 4 in the Authorization header, with the payload's SHA-256. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { S3Failure } from "./failure.ts";

const SKEW_LIMIT_MS = 15 * 60_000;

export interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** Throws what S3 answers to a request that is not signed by the identity, now, for this very body. */
export function assertSigned(request: IncomingMessage, body: Buffer, identity: Identity, now: number): void {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      request.headers.authorization ?? "",
    );
  if (match === null) throw new S3Failure(403, "AccessDenied", "The request is not signed");
  const [, keyId = "", day = "", region = "", names = "", signature = ""] = match;
  if (keyId !== identity.accessKeyId) {
    throw new S3Failure(403, "InvalidAccessKeyId", "The access key is not in our records");
  }
  if (region !== identity.region) {
    throw new S3Failure(400, "AuthorizationHeaderMalformed", `wrong region; expecting '${identity.region}'`, {
      xml: `<Region>${identity.region}</Region>`,
      headers: { "x-amz-bucket-region": identity.region },
    });
  }
  const hash = header(request, "x-amz-content-sha256");
  const signed = signatureOf(request, { day, region, names, hash }, identity.secretAccessKey);
  if (signed !== signature) throw new S3Failure(403, "SignatureDoesNotMatch", "The signature does not match");
  if (Math.abs(now - timeOf(header(request, "x-amz-date"))) > SKEW_LIMIT_MS) {
    throw new S3Failure(403, "RequestTimeTooSkewed", "The difference between the times is too large");
  }
  assertUnchanged(request, body, hash);
}

/** What was sent is what arrived. */
function assertUnchanged(request: IncomingMessage, body: Buffer, hash: string): void {
  if (hash !== createHash("sha256").update(body).digest("hex")) {
    throw new S3Failure(400, "XAmzContentSHA256Mismatch", "The digest does not match what was computed");
  }
  const md5 = request.headers["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) {
    throw new S3Failure(400, "BadDigest", "The Content-MD5 does not match what was received");
  }
}

interface Scope {
  day: string;
  region: string;
  names: string;
  hash: string;
}

function signatureOf(request: IncomingMessage, { day, region, names, hash }: Scope, secret: string): string {
  const [path = "/", query = ""] = (request.url ?? "/").split("?");
  const headers = names.split(";").map((name) => `${name}:${header(request, name).trim()}\n`);
  const canonical = [request.method, path, canonicalQuery(query), headers.join(""), names, hash].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", header(request, "x-amz-date"), scope, digest].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
    (at, part) => createHmac("sha256", at).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac("sha256", key).update(text).digest("hex");
}

function canonicalQuery(query: string): string {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return pairs
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .sort()
    .join("&");
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? "");
}

/** `20261121T030000Z` */
function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
